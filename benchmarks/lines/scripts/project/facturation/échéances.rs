//! Échéances, relances et pénalités des factures. Les montants sont en centimes.

use std::fmt;

/// Taux annuel des pénalités, en points de base.
pub const TAUX_PÉNALITÉ: u64 = 1015;

/// L'indemnité forfaitaire de recouvrement prévue par la loi.
pub const INDEMNITÉ: u64 = 4000;

#[derive(Debug, PartialEq)]
pub enum ErreurFacture {
    SiretInvalide(String),
    DéjàRéglée { numéro: u32 },
    ÉchéanceTropLointaine { jours: u32 },
}

impl fmt::Display for ErreurFacture {
    fn fmt(&self, sortie: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SiretInvalide(siret) => write!(sortie, "le SIRET « {siret} » est invalide"),
            Self::DéjàRéglée { numéro } => write!(sortie, "la facture n° {numéro} est déjà réglée"),
            Self::ÉchéanceTropLointaine { jours } => {
                write!(sortie, "échéance de {jours} jours refusée : soixante jours au plus")
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct Facture {
    pub numéro: u32,
    pub montant: u64,
    pub émise_le: u32,
    pub délai: u32,
    pub réglée: bool,
}

impl Facture {
    /// Le jour (compté depuis l'époque) où l'argent doit être arrivé.
    pub fn échéance(&self) -> Result<u32, ErreurFacture> {
        if self.délai > 60 {
            return Err(ErreurFacture::ÉchéanceTropLointaine { jours: self.délai });
        }
        Ok(self.émise_le + self.délai)
    }

    /// Intérêts au prorata des jours, plus l'indemnité dès le premier jour de retard.
    pub fn pénalités_de_retard(&self, aujourd_hui: u32) -> Result<u64, ErreurFacture> {
        if self.réglée {
            return Err(ErreurFacture::DéjàRéglée { numéro: self.numéro });
        }
        let retard = u64::from(aujourd_hui.saturating_sub(self.échéance()?));
        if retard == 0 {
            return Ok(0);
        }
        Ok(self.montant * TAUX_PÉNALITÉ * retard / 3_650_000 + INDEMNITÉ)
    }

    /// Le ton monte : rappel aimable, relance ferme, puis mise en demeure.
    pub fn lettre_de_relance(&self, retard: u32) -> Option<&'static str> {
        match retard {
            0 => None,
            1..=15 => Some("rappel aimable"),
            16..=45 => Some("relance ferme"),
            _ => Some("mise en demeure"),
        }
    }
}

/// Clé de Luhn sur les quatorze chiffres, espaces permis.
pub fn vérifier_siret(saisie: &str) -> Result<String, ErreurFacture> {
    let chiffres: Vec<u32> = saisie.chars().filter(|c| !c.is_whitespace()).filter_map(|c| c.to_digit(10)).collect();
    let somme: u32 = chiffres
        .iter()
        .rev()
        .enumerate()
        .map(|(rang, c)| if rang % 2 == 1 { (c * 2) / 10 + (c * 2) % 10 } else { *c })
        .sum();
    if chiffres.len() != 14 || somme % 10 != 0 {
        return Err(ErreurFacture::SiretInvalide(saisie.to_owned()));
    }
    Ok(chiffres.iter().map(u32::to_string).collect())
}

/// « 1 234,56 € » avec des espaces insécables.
pub fn présenter_montant(centimes: u64) -> String {
    let euros = (centimes / 100).to_string();
    let mut groupes = String::new();
    for (rang, chiffre) in euros.chars().enumerate() {
        if rang > 0 && (euros.len() - rang) % 3 == 0 {
            groupes.push('\u{202f}');
        }
        groupes.push(chiffre);
    }
    format!("{groupes},{:02}\u{a0}€", centimes % 100)
}

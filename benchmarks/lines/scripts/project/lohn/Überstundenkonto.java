package lohn;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/** Konto für geleistete Mehrarbeit, in Minuten. Gekappt wird zum Quartalsende. */
public final class Überstundenkonto {
  private static final int HÖCHSTSTAND = 40 * 60;

  private final String mitarbeiter;
  private final List<Buchung> buchungen = new ArrayList<>();

  public Überstundenkonto(String mitarbeiter) {
    this.mitarbeiter = mitarbeiter;
  }

  /** Ein Eintrag; negative Minuten sind Freizeitausgleich. */
  public record Buchung(LocalDate tag, int minuten, String begründung) {}

  /** Trägt Mehrarbeit oder Ausgleich ein. */
  public void buche(LocalDate tag, int minuten, String begründung) {
    if (begründung == null || begründung.isBlank()) {
      throw new IllegalArgumentException("Buchung am " + tag + " für " + mitarbeiter + " ohne Begründung");
    }
    if (saldo() + minuten < 0) {
      throw new IllegalStateException("Freizeitausgleich würde das Konto um " + -(saldo() + minuten) + " Minuten überziehen");
    }
    buchungen.add(new Buchung(tag, minuten, begründung));
  }

  public int saldo() {
    return buchungen.stream().mapToInt(Buchung::minuten).sum();
  }

  /** Alles über vierzig Stunden verfällt; liefert, wie viel weggefallen ist. */
  public int kappeZumQuartalsende(LocalDate stichtag) {
    int überschuss = Math.max(0, saldo() - HÖCHSTSTAND);
    if (überschuss > 0) {
      buchungen.add(new Buchung(stichtag, -überschuss, "Kappung"));
    }
    return überschuss;
  }

  /** Nach sechs Stunden dreißig, nach neun Stunden fünfundvierzig Minuten. */
  public static int pflichtpause(int arbeitsminuten) {
    if (arbeitsminuten > 9 * 60) {
      return 45;
    }
    return arbeitsminuten > 6 * 60 ? 30 : 0;
  }

  /** Zuschlag für Sonn- und Feiertage sowie die Nacht, der höhere gilt. */
  public static BigDecimal zuschlag(BigDecimal stundenlohn, boolean sonntag, boolean nacht) {
    BigDecimal satz = sonntag ? new BigDecimal("0.50") : nacht ? new BigDecimal("0.25") : BigDecimal.ZERO;
    return stundenlohn.multiply(satz).setScale(2, RoundingMode.HALF_UP);
  }

  /** Prüfziffern nach Modulo 97, Leerzeichen sind erlaubt. */
  public static String prüfeIban(String eingabe) {
    String iban = eingabe.replace(" ", "").toUpperCase();
    StringBuilder ziffern = new StringBuilder();
    for (char zeichen : (iban.substring(4) + iban.substring(0, 4)).toCharArray()) {
      ziffern.append(Character.getNumericValue(zeichen));
    }
    if (!new BigInteger(ziffern.toString()).mod(BigInteger.valueOf(97)).equals(BigInteger.ONE)) {
      throw new IllegalArgumentException("Prüfziffer der IBAN " + eingabe + " stimmt nicht");
    }
    return iban;
  }
}

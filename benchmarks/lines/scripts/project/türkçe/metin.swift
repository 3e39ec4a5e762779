import Foundation

/// Türkçe metin işlemleri: büyük harf, sıralama, ünlü uyumu.
enum MetinHatası: Error, CustomStringConvertible {
    case boşMetin
    case geçersizPlaka(String)

    var description: String {
        switch self {
        case .boşMetin: "Metin boş olamaz"
        case let .geçersizPlaka(plaka): "Plaka geçersiz: \(plaka), il kodu 01 ile 81 arasında olmalı"
        }
    }
}

let alfabe = Array("abcçdefgğhıijklmnoöprsştuüvyz")
let ünlüler: Set<Character> = ["a", "e", "ı", "i", "o", "ö", "u", "ü"]

/// i'nin büyüğü İ, ı'nın büyüğü I olur; geri kalanı bilinen gibi.
func büyükHarf(_ metin: String) -> String {
    metin.uppercased(with: Locale(identifier: "tr_TR"))
}

/// Sözlük sırası: ç c'den, ğ g'den, ş s'den sonra gelir.
func sözlükSırası(_ sol: String, _ sağ: String) -> Bool {
    let konum: (Character) -> Int = { alfabe.firstIndex(of: $0) ?? alfabe.count }
    return sol.lowercased().map(konum).lexicographicallyPrecedes(sağ.lowercased().map(konum))
}

/// Çoğul eki son ünlüye göre -lar veya -ler olur.
func çoğul(_ sözcük: String) throws -> String {
    guard !sözcük.isEmpty else { throw MetinHatası.boşMetin }
    let son = sözcük.lowercased().last { ünlüler.contains($0) } ?? "e"
    return sözcük + (["a", "ı", "o", "u"].contains(son) ? "lar" : "ler")
}

/// Plakanın ilk iki hanesinden il kodunu çıkarır.
func ilKodu(_ plaka: String) throws -> Int {
    guard let kod = Int(plaka.prefix(2)), (1...81).contains(kod) else {
        throw MetinHatası.geçersizPlaka(plaka)
    }
    return kod
}

/// Heceleme: iki ünlü arasındaki son ünsüz sonraki heceye geçer.
func hecele(_ sözcük: String) -> [String] {
    var heceler: [String] = []
    var parça = ""
    for harf in sözcük {
        parça.append(harf)
        let ünlüSayısı = parça.lowercased().filter { ünlüler.contains($0) }.count
        if ünlüSayısı == 2 {
            let kesim = parça.index(parça.endIndex, offsetBy: -2)
            let önceki = ünlüler.contains(parça[kesim]) ? parça.index(after: kesim) : kesim
            heceler.append(String(parça[..<önceki]))
            parça = String(parça[önceki...])
        }
    }
    return parça.isEmpty ? heceler : heceler + [parça]
}

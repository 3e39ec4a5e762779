package доставка

import kotlin.math.asin
import kotlin.math.cos
import kotlin.math.pow
import kotlin.math.sin
import kotlin.math.sqrt

/** Средний радиус Земли в километрах. */
const val РАДИУС_ЗЕМЛИ = 6371.0

data class Точка(val широта: Double, val долгота: Double)

data class Посылка(val номер: String, val вес: Double, val хрупкая: Boolean, val адрес: Точка)

class ПревышенВес(номер: String, вес: Double, предел: Double) :
    IllegalArgumentException("Посылка $номер весит $вес кг, машина поднимает не больше $предел кг")

/** Кратчайшее расстояние по поверхности шара, формула гаверсинусов. */
fun расстояние(от: Точка, до: Точка): Double {
    val ш1 = Math.toRadians(от.широта)
    val ш2 = Math.toRadians(до.широта)
    val дш = ш2 - ш1
    val дд = Math.toRadians(до.долгота - от.долгота)
    val а = sin(дш / 2).pow(2) + cos(ш1) * cos(ш2) * sin(дд / 2).pow(2)
    return 2 * РАДИУС_ЗЕМЛИ * asin(sqrt(а))
}

/** Жадный обход: каждый раз едем к ближайшему адресу, который ещё не посетили. */
fun построитьМаршрут(склад: Точка, посылки: List<Посылка>): List<Посылка> {
    val осталось = посылки.toMutableList()
    val путь = mutableListOf<Посылка>()
    var где = склад
    while (осталось.isNotEmpty()) {
        val следующая = осталось.minBy { расстояние(где, it.адрес) }
        осталось.remove(следующая)
        путь += следующая
        где = следующая.адрес
    }
    return путь
}

/** Раскладывает по машинам: тяжёлое вперёд, хрупкое никогда не кладём под другое. */
fun разложитьПоМашинам(посылки: List<Посылка>, предел: Double): List<List<Посылка>> {
    val машины = mutableListOf<MutableList<Посылка>>()
    for (п in посылки.sortedWith(compareBy<Посылка> { it.хрупкая }.thenByDescending { it.вес })) {
        if (п.вес > предел) throw ПревышенВес(п.номер, п.вес, предел)
        val место = машины.firstOrNull { м -> м.sumOf { it.вес } + п.вес <= предел }
        if (место != null) место += п else машины += mutableListOf(п)
    }
    return машины
}

/** Почтовый индекс России: ровно шесть цифр, первая не ноль. */
fun проверитьИндекс(индекс: String): String {
    val чистый = индекс.filterNot { it.isWhitespace() }
    require(Regex("[1-9]\\d{5}").matches(чистый)) { "Неверный почтовый индекс: «$индекс», нужно шесть цифр" }
    return чистый
}

/** Сколько минут займёт поездка с учётом пробок в часы пик. */
fun времяВПути(километры: Double, час: Int): Int {
    val скорость = if (час in 8..10 || час in 17..19) 18.0 else 35.0
    return Math.ceil(километры / скорость * 60).toInt()
}

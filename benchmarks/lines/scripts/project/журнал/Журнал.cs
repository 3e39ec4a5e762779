using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;

namespace Учёт
{
    /// <summary>Насколько важна запись.</summary>
    public enum Важность { Отладка, Сведения, Предупреждение, Ошибка }

    /// <summary>Текстовый журнал с ротацией и скрытием личных данных.</summary>
    public sealed class Журнал
    {
        private const long ПределРазмера = 5 * 1024 * 1024;
        private readonly string путь;
        private readonly Важность порог;

        public Журнал(string путь, Важность порог = Важность.Сведения)
        {
            this.путь = путь ?? throw new ArgumentNullException(nameof(путь), "Не указан файл журнала");
            this.порог = порог;
        }

        /// <summary>Добавляет строку, если она не тише порога.</summary>
        public void Записать(Важность важность, string текст)
        {
            if (важность < порог) return;
            ПовернутьЕслиВелик();
            File.AppendAllText(путь, $"{DateTime.UtcNow:O} {важность} {СкрытьЛичное(текст)}{Environment.NewLine}");
        }

        /// <summary>Большой файл уходит в архив с номером, начинается новый; хранится пять старых.</summary>
        private void ПовернутьЕслиВелик()
        {
            var файл = new FileInfo(путь);
            if (!файл.Exists || файл.Length < ПределРазмера) return;
            for (var номер = 4; номер >= 1; номер--)
            {
                var старый = $"{путь}.{номер}";
                if (File.Exists(старый)) File.Move(старый, $"{путь}.{номер + 1}", overwrite: true);
            }
            File.Move(путь, $"{путь}.1", overwrite: true);
        }

        /// <summary>Телефоны и почта не должны попадать в файл.</summary>
        public static string СкрытьЛичное(string текст)
        {
            var безТелефона = Regex.Replace(текст, @"(\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}", "[телефон]");
            return Regex.Replace(безТелефона, @"[\w.+-]+@[\w-]+\.[\w.]+", "[почта]");
        }

        /// <summary>Читает уровень из настроек, регистр не важен.</summary>
        public static Важность РазобратьВажность(string слово)
        {
            if (Enum.TryParse<Важность>(слово, ignoreCase: true, out var найдено)) return найдено;
            throw new FormatException($"Неизвестный уровень журнала «{слово}», допустимы: {string.Join(", ", Enum.GetNames<Важность>())}");
        }

        /// <summary>Последние строки файла, новые в конце.</summary>
        public IReadOnlyList<string> Хвост(int сколько)
        {
            var очередь = new Queue<string>();
            foreach (var строка in File.ReadLines(путь))
            {
                очередь.Enqueue(строка);
                if (очередь.Count > сколько) очередь.Dequeue();
            }
            return new List<string>(очередь);
        }
    }
}

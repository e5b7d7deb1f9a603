using System.Globalization;
using Engagement.Contracts;

namespace Engagement.ServiceDefaults;

/// <summary>How amounts and dates are written. Our own tables, not ICU's: the same on every machine, also where ICU is missing.</summary>
public sealed class Formats
{
    private const string NoBreakSpace = "\u00a0";

    private static readonly Formats Italian = new(Culture(",", ".",
            ["domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"],
            ["gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"]),
        "dddd d MMMM yyyy", symbolFirst: false, new() { ["EUR"] = "€", ["GBP"] = "£" });

    private static readonly Formats English = new(CultureInfo.InvariantCulture,
        "dddd d MMMM yyyy", symbolFirst: true, new() { ["EUR"] = "€", ["GBP"] = "£", ["USD"] = "$", ["JPY"] = "¥" });

    private static readonly Formats American = new(English._culture, "dddd, MMMM d, yyyy", symbolFirst: true, English._symbols);

    private readonly CultureInfo _culture;
    private readonly string _longDate;
    private readonly bool _symbolFirst;
    private readonly Dictionary<string, string> _symbols;

    private Formats(CultureInfo culture, string longDate, bool symbolFirst, Dictionary<string, string> symbols) =>
        (_culture, _longDate, _symbolFirst, _symbols) = (culture, longDate, symbolFirst, symbols);

    /// <summary>The formats of a text's language, as the reader's region writes it.</summary>
    public static Formats For(string language, string? readersTag) => language switch
    {
        "it" => Italian,
        "en" => Languages.Region(readersTag) == "US" ? American : English,
        _ => throw new ArgumentOutOfRangeException(nameof(language), language, "There are no formats for this language."),
    };

    /// <summary>A currency without a sign of its own in this language shows its code; no line breaks within.</summary>
    public string Money(Money money)
    {
        var code = money.Currency?.Trim().ToUpperInvariant() ?? "";
        var digits = MinorDigits(code);
        var rounded = Math.Round(money.Amount, digits, MidpointRounding.AwayFromZero);
        var number = Math.Abs(rounded).ToString("N" + digits.ToString(CultureInfo.InvariantCulture), _culture);
        var sign = rounded < 0 ? "-" : "";
        if (code.Length == 0)
            return sign + number;

        var symbol = _symbols.GetValueOrDefault(code);
        return _symbolFirst
            ? sign + (symbol ?? code + NoBreakSpace) + number
            : sign + number + NoBreakSpace + (symbol ?? code);
    }

    public string LongDate(DateOnly day) => day.ToString(_longDate, _culture);

    /// <summary>The day of an instant where the reader lives; an unknown zone counts as the shop's.</summary>
    public static DateOnly DayOf(DateTimeOffset instant, string? readersZone, string shopsZone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, Zone(readersZone) ?? Zone(shopsZone) ?? TimeZoneInfo.Utc).DateTime);

    private static TimeZoneInfo? Zone(string? id) => id is not null && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : null;

    /// <summary>ISO 4217's minor units, where they aren't two.</summary>
    private static int MinorDigits(string code) => code switch
    {
        "BIF" or "CLP" or "DJF" or "GNF" or "ISK" or "JPY" or "KMF" or "KRW" or "PYG" or "RWF" or "UGX" or "VND" or "VUV" or "XAF" or "XOF" or "XPF" => 0,
        "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
        _ => 2,
    };

    private static CultureInfo Culture(string decimalSeparator, string groupSeparator, string[] days, string[] months)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = decimalSeparator;
        culture.NumberFormat.NumberGroupSeparator = groupSeparator;
        culture.DateTimeFormat.DayNames = days;
        culture.DateTimeFormat.MonthNames = culture.DateTimeFormat.MonthGenitiveNames = [.. months, ""];
        return CultureInfo.ReadOnly(culture);
    }
}

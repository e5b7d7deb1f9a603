using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Engagement.Messaging.Addresses;

/// <summary>Phone numbers by E.164, as far as that can be told from what people write. Pure.</summary>
internal static class PhoneNumber
{
    private const string Between = " \u00a0\t-–./()";

    /// <summary>Who lives elsewhere writes the number with its country.</summary>
    private static readonly FrozenDictionary<string, string> Codes = new Dictionary<string, string>
    {
        ["AT"] = "43", ["BE"] = "32", ["CH"] = "41", ["CZ"] = "420", ["DE"] = "49", ["DK"] = "45", ["ES"] = "34", ["FI"] = "358", ["FR"] = "33",
        ["GB"] = "44", ["GR"] = "30", ["HR"] = "385", ["HU"] = "36", ["IE"] = "353", ["IT"] = "39", ["LU"] = "352", ["MT"] = "356", ["NL"] = "31",
        ["NO"] = "47", ["PL"] = "48", ["PT"] = "351", ["RO"] = "40", ["SE"] = "46", ["SI"] = "386", ["SK"] = "421", ["SM"] = "378", ["US"] = "1",
    }.ToFrozenDictionary();

    /// <summary>Where the first 0 belongs to the number.</summary>
    private static readonly string[] KeepZero = ["39", "378"];

    /// <param name="country">ISO 3166, for numbers without their country; null where nobody knows.</param>
    public static bool TryCreate(string? written, string? country, [NotNullWhen(true)] out string? number)
    {
        number = null;
        var text = string.Concat((written ?? "").Replace("(0)", "", StringComparison.Ordinal).Where(c => !Between.Contains(c, StringComparison.Ordinal)));
        if (text.StartsWith("00", StringComparison.Ordinal)) text = $"+{text[2..]}";
        if (!text.StartsWith('+') && Codes.TryGetValue(country?.ToUpperInvariant() ?? "", out var code))
            text = $"+{code}{(KeepZero.Contains(code) ? text : text.TrimStart('0'))}";
        if (text.Length is < 8 or > 16 || text[0] != '+' || text[1] == '0' || !text.AsSpan(1).ContainsOnlyDigits()) return false;
        number = text;
        return true;
    }

    private static bool ContainsOnlyDigits(this ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');
}

using System.Globalization;
using System.Text.RegularExpressions;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Settings;

/// <summary>How a shop's mails look, as far as a shop can say without breaking them.</summary>
/// <param name="LogoUrl">Over the mail, with the shop's name for those who don't see it.</param>
/// <param name="Accent">Of links, <c>#RRGGBB</c>; dark enough to be read on white (WCAG AA). On a dark screen the reader's own colour stays.</param>
/// <param name="Footer">Below the mail: the company and its legal address, in plain text.</param>
public sealed partial record LayoutSettings(string? LogoUrl, string? Accent, string? Footer) : ISettings
{
    private const int LongestUrl = 2000;
    private const int LongestFooter = 500;
    private const int MostLines = 6;
    private const double LeastContrast = 4.5;

    public LayoutSettings() : this(null, null, null)
    {
    }

    public static string StreamKey => $"{ShopSettings.Key}/layout";

    internal IReadOnlyList<string> FooterLines => Footer?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    public IEnumerable<FieldError> Check()
    {
        if (LogoUrl is not null && !(LogoUrl.Length <= LongestUrl && Uri.TryCreate(LogoUrl, UriKind.Absolute, out var logo)
            && logo is { Scheme: "https", Host.Length: > 0, UserInfo.Length: 0 }))
            yield return new("/logoUrl", "invalid", "An https address.");
        if (Accent is not null && !Colour().IsMatch(Accent)) yield return new("/accent", "invalid", "A colour as #RRGGBB.");
        else if (Accent is not null && ContrastToWhite(Accent) is < LeastContrast and var contrast)
            yield return new("/accent", "contrast", string.Create(
                CultureInfo.InvariantCulture, $"Too light to be read on white: {Math.Floor(contrast * 10) / 10:0.0} to 1, and it takes {LeastContrast} to 1."));
        if (Footer is not null && (FooterLines.Count is 0 or > MostLines || Footer.Length > LongestFooter || Footer.Any(c => char.IsControl(c) && c != '\n')))
            yield return new("/footer", "invalid", $"1 to {MostLines} lines, {LongestFooter} characters at most.");
    }

    /// <summary>WCAG 2.1, contrast ratio.</summary>
    internal static double ContrastToWhite(string colour)
    {
        double Channel(int at)
        {
            var value = int.Parse(colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }

        return 1.05 / ((0.2126 * Channel(1)) + (0.7152 * Channel(3)) + (0.0722 * Channel(5)) + 0.05);
    }

    [GeneratedRegex(@"^#[0-9A-Fa-f]{6}\z")]
    private static partial Regex Colour();
}

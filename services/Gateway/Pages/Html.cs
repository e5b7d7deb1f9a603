using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Engagement.Gateway.Pages;

/// <summary>HTML. What is put into it by interpolation is encoded, unless it is HTML itself.</summary>
public readonly struct Html(string markup)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(System.Text.Unicode.UnicodeRanges.All);

    public static Html Empty { get; } = new("");

    /// <summary><c>Html.Of($"&lt;p&gt;{text}&lt;/p&gt;")</c></summary>
    public static Html Of(Interpolated markup) => new(markup.ToString());

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts));

    public override string ToString() => markup ?? "";

    /// <summary>Made by the compiler of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Interpolated(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _markup = new(literalLength + (16 * formattedCount));

        public void AppendLiteral(string markup) => _markup.Append(markup);

        public void AppendFormatted(string? text) => _markup.Append(text is null ? "" : Encoder.Encode(text));

        public void AppendFormatted(int number) => _markup.Append(System.Globalization.CultureInfo.InvariantCulture, $"{number}");

        public void AppendFormatted(Html markup) => _markup.Append(markup);

        public override string ToString() => _markup.ToString();
    }
}

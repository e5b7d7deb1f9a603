using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Engagement.Gateway.Intake;

/// <summary>An event's attributes in headers: <c>ce-id</c>, <c>ce-type</c> and so on, percent-encoded UTF-8 (CloudEvents' HTTP binding 1.0.2, 3.1).</summary>
internal static class BinaryMode
{
    private const string Prefix = "ce-";

    public static bool IsUsed(IHeaderDictionary headers) => headers.ContainsKey("ce-specversion");

    /// <summary>As the JSON object that structured mode would have, in an order of its own: headers come in any.</summary>
    public static byte[] Attributes(IHeaderDictionary headers, string? contentType, FaultList faults)
    {
        var attributes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (header, values) in headers)
        {
            if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) continue;
            var name = header[Prefix.Length..].ToLowerInvariant();
            if (values is not [{ } value])
                faults.Add(new Pointer(Pointer.Event, name), "duplicate_header", "Stands in the headers more than once.");
            else if (Decode(value) is { } text)
                attributes[name] = text;
            else
                faults.Add(new Pointer(Pointer.Event, name), "invalid_utf8", "Must be percent-encoded UTF-8.");
        }

        if (contentType is { Length: > 0 }) attributes["datacontenttype"] = contentType;
        return JsonSerializer.SerializeToUtf8Bytes(attributes);
    }

    /// <summary>One round of percent-decoding, and older senders' quotes; null where that gives no UTF-8.</summary>
    internal static string? Decode(string value)
    {
        var text = value.Trim();
        if (text is ['"', .. var quoted, '"'])
        {
            var unquoted = new StringBuilder(quoted.Length);
            for (var i = 0; i < quoted.Length; i++) unquoted.Append(quoted[i] == '\\' && i + 1 < quoted.Length ? quoted[++i] : quoted[i]);
            text = unquoted.ToString();
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++, length++)
        {
            var escaped = bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]);
            bytes[length] = escaped ? Convert.FromHexString([(char)bytes[i + 1], (char)bytes[i + 2]])[0] : bytes[i];
            if (escaped) i += 2;
        }

        return Utf8.IsValid(bytes.AsSpan(0, length)) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }
}

using System.Text;

namespace Engagement.Replay;

/// <summary>Splits a line of a CSV file (RFC 4180) into its fields.</summary>
internal static class CsvLine
{
    /// <summary>False when a quote is left open or stands in the wrong place.</summary>
    /// <remarks>A field can't span lines: none of ours needs to, and so a stray quote costs one row and not the rest of the file.</remarks>
    public static bool TrySplit(string line, List<string> fields)
    {
        fields.Clear();
        var at = 0;
        while (true)
        {
            if (at < line.Length && line[at] == '"')
            {
                if (!TryReadQuoted(line, ref at, out var field))
                {
                    return false;
                }

                fields.Add(field);
            }
            else
            {
                var end = line.IndexOf(',', at);
                var field = line.AsSpan(at, (end < 0 ? line.Length : end) - at);
                if (field.Contains('"'))
                {
                    return false;
                }

                fields.Add(field.Trim().ToString());
                at += field.Length;
            }

            if (at == line.Length)
            {
                return true;
            }

            at++;
        }
    }

    /// <summary>Leaves <paramref name="at"/> on the comma after the field, or at the line's end.</summary>
    private static bool TryReadQuoted(string line, ref int at, out string field)
    {
        var text = new StringBuilder();
        for (at++; at < line.Length; at++)
        {
            if (line[at] != '"')
            {
                text.Append(line[at]);
            }
            else if (at + 1 < line.Length && line[at + 1] == '"')
            {
                text.Append('"');
                at++;
            }
            else
            {
                at++;
                field = text.ToString();
                return at == line.Length || line[at] == ',';
            }
        }

        field = "";
        return false;
    }
}

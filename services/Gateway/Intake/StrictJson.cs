using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Engagement.Gateway.Intake;

/// <summary>Holds a body against JSON's rules and our limits, token by token, and says where it breaks them.</summary>
internal static class StrictJson
{
    public const int MaxDepth = 32;
    public const int MaxProperties = 1000;

    public static readonly (string Code, string Message) ControlCharacter = ("control_character", "Must not hold control characters.");

    /// <summary>Notes every broken rule; false where nothing more can be read of the body.</summary>
    /// <param name="root">Where the body stands in the event, when it isn't the event itself.</param>
    public static bool Check(ReadOnlySpan<byte> body, bool batch, FaultList faults, Pointer? root = null)
    {
        // One level more than allowed, so that the walk meets the first level too many and can say where it is.
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
        var walk = new Walk(body, batch, faults, root ?? Pointer.Event);
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject or JsonTokenType.StartArray when !walk.Enter(reader.TokenType == JsonTokenType.StartArray):
                        return false;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        walk.Leave();
                        break;
                    case JsonTokenType.PropertyName:
                        walk.Name(ref reader);
                        break;
                    case JsonTokenType.String:
                        walk.Text(reader.ValueSpan);
                        walk.Next();
                        break;
                    default:
                        walk.Next();
                        break;
                }
            }
        }
        catch (JsonException broken)
        {
            walk.Fault("invalid_json", string.Create(CultureInfo.InvariantCulture,
                $"The JSON is broken at line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}."));
            return false;
        }

        return walk.NamesAreReadable;
    }

    /// <summary>Whether a string or name, as it stands between its quotes, is text at all; what is wrong with it otherwise.</summary>
    public static (string Code, string Message)? CheckText(ReadOnlySpan<byte> raw)
    {
        if (!Utf8.IsValid(raw))
            return ("invalid_utf8", "Must be valid UTF-8.");

        while (raw.IndexOf((byte)'\\') is >= 0 and var at)
        {
            var escape = raw[(at + 1)..];
            raw = escape[1..];
            if (escape[0] is (byte)'b' or (byte)'f')
                return ControlCharacter;
            if (escape[0] != (byte)'u')
                continue;

            var unit = CodeUnit(escape);
            raw = escape[5..];
            if (unit < ' ' && unit is not ('\t' or '\n' or '\r'))
                return ControlCharacter;
            if (!char.IsSurrogate(unit))
                continue;
            if (!char.IsHighSurrogate(unit) || !raw.StartsWith("\\u"u8) || !char.IsLowSurrogate(CodeUnit(raw[1..])))
                return ("unpaired_surrogate", "Must not hold half a surrogate pair.");
            raw = raw[6..];
        }

        return null;
    }

    private static char CodeUnit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape.Slice(1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Where the walk stands, and the names seen in each object that is open.</summary>
    private ref struct Walk(ReadOnlySpan<byte> body, bool batch, FaultList faults, Pointer root)
    {
        private readonly ReadOnlySpan<byte> _body = body;
        private readonly Frame[] _frames = new Frame[MaxDepth];
        private readonly List<ulong> _names = [];
        private int _depth;

        private struct Frame
        {
            public bool IsArray;
            public int Index;
            public int FirstName;
            public Range Name;
        }

        public bool NamesAreReadable { get; private set; } = true;

        public bool Enter(bool array)
        {
            if (_depth == MaxDepth)
            {
                Fault("too_deep", $"Nested deeper than {MaxDepth} levels.");
                return false;
            }

            _frames[_depth++] = new Frame { IsArray = array, FirstName = _names.Count };
            return true;
        }

        public void Leave()
        {
            var first = _frames[--_depth].FirstName;
            _names.RemoveRange(first, _names.Count - first);
            Next();
        }

        /// <summary>A value is complete.</summary>
        public readonly void Next()
        {
            if (_depth == 0)
                return;
            _frames[_depth - 1].Index++;
            _frames[_depth - 1].Name = default;
        }

        public void Name(ref Utf8JsonReader reader)
        {
            ref var frame = ref _frames[_depth - 1];
            var start = (int)reader.TokenStartIndex + 1;
            frame.Name = start..(start + reader.ValueSpan.Length);
            if (CheckText(reader.ValueSpan) is { } fault)
            {
                NamesAreReadable = false;
                Fault(fault.Code, fault.Message);
                return;
            }

            var seen = CollectionsMarshal.AsSpan(_names)[frame.FirstName..];
            var name = Hash(reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan);
            if (seen.Contains(name))
                Fault("duplicate_property", "Stands in its object more than once.");
            else if (seen.Length <= MaxProperties)
                _names.Add(name);
            if (seen.Length == MaxProperties)
                Fault("too_many", $"Must not have more than {MaxProperties} properties.");
        }

        public readonly void Text(ReadOnlySpan<byte> raw)
        {
            if (CheckText(raw) is { } fault)
                Fault(fault.Code, fault.Message);
        }

        public readonly void Fault(string code, string message)
        {
            var inBatch = batch && _depth > 0 && _frames[0].IsArray;
            var at = root;
            foreach (var frame in _frames.AsSpan((inBatch ? 1 : 0).._depth))
            {
                if (frame.IsArray)
                    at = new Pointer(at, frame.Index.ToString(CultureInfo.InvariantCulture));
                else if (!frame.Name.Equals(default))
                    at = new Pointer(at, Unescape(_body[frame.Name]));
            }

            faults.Index = inBatch ? _frames[0].Index : null;
            faults.Add(at, code, message);
        }

        private static string Unescape(ReadOnlySpan<byte> name)
        {
            if (CheckText(name) is not null)
                return Encoding.UTF8.GetString(name);
            var reader = new Utf8JsonReader([(byte)'"', .. name, (byte)'"']);
            reader.Read();
            return reader.GetString()!;
        }

        /// <summary>FNV-1a: names are held as 64 bits each, so that even a hostile object is searched fast. A false match only refuses a hostile body.</summary>
        private static ulong Hash(ReadOnlySpan<byte> name)
        {
            var hash = 14695981039346656037;
            foreach (var b in name)
                hash = (hash ^ b) * 1099511628211;
            return hash;
        }
    }
}

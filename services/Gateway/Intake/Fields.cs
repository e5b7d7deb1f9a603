using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

/// <summary>
/// Reads an object of an event field by field. A field that isn't right is noted as a fault and the reading goes on, so that all faults are told at once:
/// what is returned in its place is never used. Null and, for text, blank count as absent; fields nobody asks for are ignored. Over notes instead of an object,
/// it notes what is asked for, and finds nothing.
/// </summary>
internal readonly struct Fields(JsonElement element, Pointer at, FaultList faults, SchemaNotes? notes = null)
{
    public const int LongestId = 100;
    public const decimal HighestAmount = 10_000_000;
    public const int HighestQuantity = 100_000;
    public const int Decimals = 4;

    private const int LongestNumber = 32;

    private static readonly SearchValues<char> s_controls = SearchValues.Create(Controls());
    private static readonly SearchValues<char> s_controlsInText = SearchValues.Create(Controls().Except(['\n', '\t']).ToArray());

    public int Faults => faults.Count;

    public static Fields Noting(SchemaNotes notes) => new(default, Pointer.Event, new FaultList(), notes);

    public static Fields? Of(JsonElement element, Pointer at, FaultList faults)
    {
        if (element.ValueKind == JsonValueKind.Object)
            return new Fields(element, at, faults);
        faults.Add(at, "wrong_type", "Must be an object.");
        return null;
    }

    /// <summary>The same object, whose faults nobody is told.</summary>
    public Fields Silently() => new(element, at, new FaultList());

    /// <summary>Of all that the object says, to the letter.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(JsonMarshal.GetRawUtf8Value(element)).AsSpan(0, 16));

    public T? Fault<T>(string name, string code, string message)
    {
        faults.Add(new Pointer(at, name), code, message);
        return default;
    }

    public bool Has(string name) => notes is null && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>For what is never taken.</summary>
    public void Nothing(string name, string code, string message)
    {
        if (Find(name, required: false, new Shape(Kind.Nothing), out _)) Fault<string>(name, code, message);
    }

    /// <summary>A string that can only be this one.</summary>
    public void Constant(string name, string value, string code, string message)
    {
        if (notes is not null) notes.Constant(name, value);
        else if (Exact(name, 100) is { Length: > 0 } text && text != value) Fault<string>(name, code, message);
    }

    /// <summary>Where <paramref name="found"/> is false, a fault of the object itself: it needs at least one of these.</summary>
    public void OneOf(bool found, string message, params string[] names)
    {
        if (notes is not null) notes.OneOf(names);
        else if (!found) faults.Add(at, "required", message);
    }

    /// <summary>A fault of the other, where the one is there without it.</summary>
    public void Together(string name, string other)
    {
        if (notes is not null) notes.Both(name, other);
        else if (IsThere(name) && !IsThere(other)) Fault<string>(other, "required", "Must be there.");
    }

    /// <summary>A shop's own number of something: a string or a whole number, up to <see cref="LongestId"/> characters.</summary>
    public string Id(string name) => ReadId(name, required: true) ?? "";

    public string? OptionalId(string name) => ReadId(name, required: false);

    /// <summary>A string to be taken to the letter.</summary>
    public string Exact(string name, int longest, LineRule? rule = null) => ReadExact(name, new Shape(Kind.Exact, longest, rule), required: true) ?? "";

    /// <summary>One line of text, trimmed.</summary>
    public string Line(string name, int longest, LineRule? rule = null) => ReadText(name, new Shape(Kind.Line, longest, rule), required: true, s_controls) ?? "";

    public string? OptionalLine(string name, int longest, LineRule? rule = null) =>
        ReadText(name, new Shape(Kind.Line, longest, rule), required: false, s_controls);

    /// <summary>Free text, trimmed; may have several lines.</summary>
    public string? OptionalText(string name, int longest) => ReadText(name, new Shape(Kind.Text, longest), required: false, s_controlsInText);

    /// <summary>Some words of letters, digits, '_' and '-', each up to 50; none when absent.</summary>
    public IReadOnlyList<string> OptionalWords(string name, int most)
    {
        if (notes is not null) notes.Words(name, most);
        if (!Has(name)) return [];
        var value = element.GetProperty(name);
        if (value.ValueKind != JsonValueKind.Array) return Fault<string[]>(name, "wrong_type", "Must be an array.") ?? [];
        if (value.GetArrayLength() > most) return Fault<string[]>(name, "too_many", $"Must not have more than {most} items.") ?? [];
        return value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && IsText(item) && SchemaNotes.Word().IsMatch(item.GetString()!))
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : Fault<string[]>(name, "not_words", "Must only hold words of letters, digits, '_' and '-', each up to 50.") ?? [];
    }

    /// <summary>A number, or a string that holds one: shops send both.</summary>
    public decimal Amount(string name) => ReadAmount(name, required: true) ?? 0;

    public string Currency(string name) => ReadCurrency(name, required: true) ?? "";

    public string? OptionalCurrency(string name) => ReadCurrency(name, required: false);

    public decimal? OptionalAmount(string name) => ReadAmount(name, required: false);

    public Money Money(string amount, string currency) => new(Amount(amount), Currency(currency));

    /// <summary>An amount that may be missing; with it comes its currency.</summary>
    public Money? OptionalMoney(string amount, string currency)
    {
        if (notes is not null)
        {
            notes.Note(amount, false, new Shape(Kind.Amount));
            notes.Note(currency, false, new Shape(Kind.Currency));
            notes.Both(amount, currency);
        }

        return IsThere(amount) ? Money(amount, currency) : null;
    }

    public int Quantity(string name) => ReadQuantity(name, required: true) ?? 0;

    public int? OptionalQuantity(string name) => ReadQuantity(name, required: false);

    private bool IsThere(string name) => Has(name) && !IsBlank(element.GetProperty(name));

    private int? ReadQuantity(string name, bool required)
    {
        if (!Find(name, required, new Shape(Kind.Quantity), out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Number)
            return Fault<int>(name, "wrong_type", "Must be a whole number.");
        return value.TryGetInt32(out var quantity) && quantity is >= 1 and <= HighestQuantity
            ? quantity
            : Fault<int>(name, "out_of_range", $"Must be a whole number between 1 and {HighestQuantity}.");
    }

    public DateOnly? OptionalDate(string name) => ReadString(name, new Shape(Kind.Date), required: false) switch
    {
        null => null,
        var text when DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) => date,
        _ => Fault<DateOnly?>(name, "not_a_date", "Must be a date such as 2017-10-18."),
    };

    /// <summary>RFC 3339: date, time to the second or finer, and offset.</summary>
    public DateTimeOffset? OptionalTime(string name) => ReadString(name, new Shape(Kind.Time), required: false) switch
    {
        null => null,
        { Length: >= 20 } text when text[16] == ':' && (text[^1] == 'Z' || text[^6] is '+' or '-')
            && element.GetProperty(name).TryGetDateTimeOffset(out var time) => time.ToUniversalTime(),
        _ => Fault<DateTimeOffset?>(name, "not_a_time", "Must be a time with its offset such as 2017-10-02T10:56:33Z."),
    };

    /// <summary>A time without its offset, which is UTC's.</summary>
    public DateTimeOffset? OptionalUtcTime(string name) => ReadString(name, new Shape(Kind.Time), required: false) switch
    {
        null => null,
        var text when DateTime.TryParseExact(text, "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) =>
            new(time, TimeSpan.Zero),
        _ => Fault<DateTimeOffset?>(name, "not_a_time", "Must be a time such as 2017-10-02T10:56:33."),
    };

    /// <summary>False when absent.</summary>
    public bool Flag(string name)
    {
        if (!Find(name, required: false, new Shape(Kind.Flag), out var value))
            return false;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        return value.ValueKind == JsonValueKind.String && IsText(value) && value.GetString() is "true" or "false"
            ? value.GetString() == "true"
            : Fault<bool>(name, "wrong_type", "Must be true or false.");
    }

    public Fields? Object(string name) => ReadObject(name, required: true);

    public Fields? OptionalObject(string name) => ReadObject(name, required: false);

    public T[] OptionalList<T>(string name, int most, Func<Fields, T> read) => Has(name) ? List(name, most, read) : [];

    public T[]? ListOrNull<T>(string name, int most, Func<Fields, T> read)
    {
        if (notes is null) return Has(name) ? List(name, most, read) : null;
        NoteList(name, most, read, required: false);
        return null;
    }

    /// <summary>As <see cref="OptionalList"/>, of which what is more than the most is passed over.</summary>
    public T[] FirstOf<T>(string name, int most, Func<Fields, T> read) => Has(name) ? List(name, most, read, passOver: true) : [];

    public T[] List<T>(string name, int most, Func<Fields, T> read, bool passOver = false)
    {
        if (notes is not null)
        {
            NoteList(name, most, read, required: true);
            return [];
        }

        if (!Find(name, required: true, default, out var value))
            return [];
        if (value.ValueKind != JsonValueKind.Array)
            return Fault<T[]>(name, "wrong_type", "Must be an array.") ?? [];
        if (value.GetArrayLength() > most && !passOver)
            return Fault<T[]>(name, "too_many", $"Must not have more than {most} items.") ?? [];

        var list = new Pointer(at, name);
        var items = new List<T>(Math.Min(value.GetArrayLength(), most));
        var index = 0;
        foreach (var item in value.EnumerateArray().Take(most))
        {
            if (Of(item, new Pointer(list, index.ToString(CultureInfo.InvariantCulture)), faults) is { } fields)
                items.Add(read(fields));
            index++;
        }

        return [.. items];
    }

    private void NoteList<T>(string name, int most, Func<Fields, T> read, bool required)
    {
        var item = new SchemaNotes(required: true);
        read(Noting(item));
        notes!.List(name, most, item, required);
    }

    /// <summary>Some of these names, at least one; null when absent.</summary>
    public IReadOnlySet<string>? OptionalNames(string name, IEnumerable<string> known)
    {
        string[] all = [.. known];
        if (notes is not null) notes.Names(name, all);
        if (!Has(name)) return null;
        var value = element.GetProperty(name);
        if (value.ValueKind != JsonValueKind.Array) return Fault<IReadOnlySet<string>>(name, "wrong_type", "Must be an array.");
        if (value.GetArrayLength() == 0) return Fault<IReadOnlySet<string>>(name, "required", "Must name at least one, or be left out.");
        return value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && IsText(item) && Array.Exists(all, item.ValueEquals))
            ? value.EnumerateArray().Select(item => item.GetString()!).ToHashSet()
            : Fault<IReadOnlySet<string>>(name, "unknown_name", $"Must only hold {string.Join(", ", all)}.");
    }

    private bool Find(string name, bool required, Shape shape, out JsonElement value)
    {
        if (notes is not null)
        {
            notes.Note(name, required, shape);
            value = default;
            return false;
        }

        if (element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null)
            return true;
        return required && Fault<bool>(name, "required", "Must be there.");
    }

    /// <summary>What is there and, where it is a string, is text; for readers that decide by the kind of value.</summary>
    public bool TryGet(string name, out JsonElement value) =>
        Find(name, required: false, default, out value) && (value.ValueKind != JsonValueKind.String || IsText(value));

    /// <summary>What isn't text has been reported by <see cref="StrictJson"/>, and decoding it would throw.</summary>
    private static bool IsText(JsonElement text) => StrictJson.CheckText(JsonMarshal.GetRawUtf8Value(text)[1..^1]) is null;

    private static bool IsBlank(JsonElement value) => value.ValueKind == JsonValueKind.String && IsText(value) && string.IsNullOrWhiteSpace(value.GetString());

    private Fields? ReadObject(string name, bool required)
    {
        if (notes is not null) return Noting(notes.Object(name, required));
        return Find(name, required, default, out var value) ? Of(value, new Pointer(at, name), faults) : null;
    }

    private string? ReadString(string name, Shape shape, bool required)
    {
        if (!Find(name, required, shape, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.String)
            return Fault<string>(name, "wrong_type", "Must be a string.");
        if (!IsText(value))
            return null;
        if (value.GetString() is { } text && !string.IsNullOrWhiteSpace(text))
            return text;
        return required ? Fault<string>(name, "required", "Must not be blank.") : null;
    }

    private string? ReadText(string name, Shape shape, bool required, SearchValues<char> refused)
    {
        if (ReadString(name, shape, required)?.Trim() is not { } text)
            return null;
        if (text.Contains('\r', StringComparison.Ordinal))
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        return Check(name, text, shape, refused);
    }

    private string? ReadExact(string name, Shape shape, bool required)
    {
        if (ReadString(name, shape, required) is not { } text)
            return null;
        return char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1])
            ? Fault<string>(name, "white_space", "Must not begin or end with white space.")
            : Check(name, text, shape, s_controls);
    }

    private string? Check(string name, string text, Shape shape, SearchValues<char> refused)
    {
        // Characters, as in JSON Schema, not UTF-16's units.
        if (text.Length > shape.Longest && text.EnumerateRunes().Count() > shape.Longest)
            return Fault<string>(name, "too_long", $"Must not be longer than {shape.Longest} characters.");
        if (text.AsSpan().ContainsAny(refused))
            return Fault<string>(name, StrictJson.ControlCharacter.Code, StrictJson.ControlCharacter.Message);
        return shape.Rule is not { } rule || rule.IsRight(text) ? text : Fault<string>(name, rule.Code, rule.Message);
    }

    private string? ReadId(string name, bool required)
    {
        var shape = new Shape(Kind.Id, LongestId);
        if (!Find(name, required, shape, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return ReadExact(name, shape, required);
        return value.ValueKind == JsonValueKind.Number && value.GetRawText() is var digits && !digits.AsSpan().ContainsAnyExceptInRange('0', '9')
            ? Check(name, digits, shape, s_controls)
            : Fault<string>(name, "wrong_type", "Must be a string or a whole number.");
    }

    private decimal? ReadAmount(string name, bool required)
    {
        const string Wrong = "Must be a number, or a string that holds one, such as 59.90.";
        var shape = new Shape(Kind.Amount);
        if (!Find(name, required, shape, out var value))
            return null;

        decimal amount;
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                if (!value.TryGetDecimal(out amount))
                    return OutOfRange(name);
                break;
            case JsonValueKind.String:
                if (ReadString(name, shape, required) is not { } text)
                    return null;
                if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out amount))
                    return Fault<decimal?>(name, "not_an_amount", Wrong);
                break;
            default:
                return Fault<decimal?>(name, "wrong_type", Wrong);
        }

        if (amount is < 0 or > HighestAmount)
            return OutOfRange(name);

        // What is too fine for a decimal was rounded by the parser, down to zero if need be.
        var raw = JsonMarshal.GetRawUtf8Value(value);
        var rounded = raw.Length > LongestNumber || (amount == 0 && raw.ContainsAnyInRange((byte)'1', (byte)'9'));
        return rounded || decimal.Round(amount, Decimals) != amount
            ? Fault<decimal?>(name, "too_precise", $"Must not have more than {Decimals} decimals.")
            : decimal.Round(amount, Decimals);
    }

    private decimal? OutOfRange(string name) =>
        Fault<decimal?>(name, "out_of_range", string.Create(CultureInfo.InvariantCulture, $"Must lie between 0 and {HighestAmount}."));

    private string? ReadCurrency(string name, bool required)
    {
        if (ReadString(name, new Shape(Kind.Currency), required) is not { } text)
            return null;
        return text.Length == 3 && text.All(char.IsAsciiLetter)
            ? text.ToUpperInvariant()
            : Fault<string>(name, "not_a_currency", "Must be the three letters of a currency, such as EUR.");
    }

    private static char[] Controls() => [.. Enumerable.Range(0, 256).Select(unit => (char)unit).Where(char.IsControl)];
}

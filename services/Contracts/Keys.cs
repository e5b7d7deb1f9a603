using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engagement.Contracts;

/// <summary>A typed id: a string with a meaning, stored as a plain string.</summary>
public interface IKey<TSelf> where TSelf : struct, IKey<TSelf>
{
    string Value { get; }

    static abstract TSelf From(string value);
}

/// <summary>The shop's own number of an order: <c>1001</c>.</summary>
[JsonConverter(typeof(KeyConverter<OrderId>))]
public readonly record struct OrderId(string Value) : IKey<OrderId>
{
    public static OrderId From(string value) => new(value);

    public static implicit operator string(OrderId id) => id.Value;

    public override string ToString() => Value;
}

/// <summary>The shop's id of a customer, or for guests <c>guest-</c> and an HMAC of the normalised e-mail.</summary>
[JsonConverter(typeof(KeyConverter<CustomerId>))]
public readonly record struct CustomerId(string Value) : IKey<CustomerId>
{
    private const string NobodyPrefix = "nobody-";
    private const string GuestPrefix = "guest-";

    /// <summary>The shop doesn't say to whom: nobody can be written to.</summary>
    public bool IsNobody => Value.StartsWith(NobodyPrefix, StringComparison.Ordinal);

    /// <summary>Made of an e-mail address, where the shop tells no id of its own.</summary>
    public bool IsGuest => Value.StartsWith(GuestPrefix, StringComparison.Ordinal);

    /// <summary>Whose an order is as long as the shop names nobody.</summary>
    public static CustomerId Nobody(OrderId order) => new($"{NobodyPrefix}{order.Value}");

    public static CustomerId From(string value) => new(value);

    public static implicit operator string(CustomerId id) => id.Value;

    public override string ToString() => Value;
}

/// <summary>The shop's own id of a cart.</summary>
[JsonConverter(typeof(KeyConverter<CartId>))]
public readonly record struct CartId(string Value) : IKey<CartId>
{
    public static CartId From(string value) => new(value);

    public static implicit operator string(CartId id) => id.Value;

    public override string ToString() => Value;
}

/// <summary>The shop's own number of a subscription.</summary>
[JsonConverter(typeof(KeyConverter<SubscriptionId>))]
public readonly record struct SubscriptionId(string Value) : IKey<SubscriptionId>
{
    public static SubscriptionId From(string value) => new(value);

    public static implicit operator string(SubscriptionId id) => id.Value;

    public override string ToString() => Value;
}

/// <summary>Our id of what a customer asked.</summary>
[JsonConverter(typeof(KeyConverter<InquiryId>))]
public readonly record struct InquiryId(string Value) : IKey<InquiryId>
{
    public static InquiryId From(string value) => new(value);

    public static implicit operator string(InquiryId id) => id.Value;

    public override string ToString() => Value;
}

/// <summary>Our id of a review.</summary>
[JsonConverter(typeof(KeyConverter<ReviewId>))]
public readonly record struct ReviewId(string Value) : IKey<ReviewId>
{
    public static ReviewId From(string value) => new(value);

    public static implicit operator string(ReviewId id) => id.Value;

    public override string ToString() => Value;
}

/// <summary>What makes a message one, however often it is asked for: <c>thank-you/order-1001</c>.</summary>
[JsonConverter(typeof(KeyConverter<MessageKey>))]
public readonly record struct MessageKey(string Value) : IKey<MessageKey>
{
    public static MessageKey From(string value) => new(value);

    public static implicit operator string(MessageKey key) => key.Value;

    public override string ToString() => Value;
}

/// <summary>What makes a task for staff one, however often it is raised: <c>no-address/thank-you/order-1001</c>.</summary>
[JsonConverter(typeof(KeyConverter<StaffTaskKey>))]
public readonly record struct StaffTaskKey(string Value) : IKey<StaffTaskKey>
{
    public static StaffTaskKey From(string value) => new(value);

    public static implicit operator string(StaffTaskKey key) => key.Value;

    public override string ToString() => Value;
}

/// <summary>Personal data, encrypted with the customer's own key; readable only while that key exists.</summary>
[JsonConverter(typeof(KeyConverter<Sealed>))]
public readonly record struct Sealed(string Value) : IKey<Sealed>
{
    public static Sealed From(string value) => new(value);

    public override string ToString() => "<sealed>";
}

/// <summary>Reads and writes a typed id as the string it is, also as the name of a property.</summary>
public sealed class KeyConverter<T> : JsonConverter<T> where T : struct, IKey<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.From(reader.GetString() ?? throw new JsonException($"A {typeToConvert.Name} can't be null."));

    public override void Write([NotNull] Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => T.From(reader.GetString()!);

    public override void WriteAsPropertyName([NotNull] Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WritePropertyName(value.Value);
}

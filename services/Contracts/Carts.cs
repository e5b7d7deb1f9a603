using System.Text.Json.Serialization;

namespace Engagement.Contracts;

/// <summary>What was put into a cart was not bought.</summary>
public sealed record CartAbandoned(CartId Cart, CustomerId? CustomerId, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"cart/{Cart.Value}";
}

/// <summary>An abandoned cart was bought after all.</summary>
public sealed record CartRecovered(CartId Cart, CustomerId? CustomerId, OrderId? Order, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"cart/{Cart.Value}";
}

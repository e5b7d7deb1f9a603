using System.Text.Json.Serialization;

namespace Engagement.Contracts;

/// <summary>The day that was promised for the delivery is over, and the parcel hasn't arrived.</summary>
public sealed record OrderLate(OrderId Order, CustomerId? CustomerId, DateOnly PromisedOn, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"order/{Order.Value}";
}

/// <summary>A customer has ordered. Told once of each order, and again where nobody's turns out to be somebody's.</summary>
/// <param name="Cart">What was ordered, where the shop says it.</param>
public sealed record OrderPlaced(
    OrderId Order, CustomerId CustomerId, Money Total, IReadOnlyList<OrderLine> Lines, CartId? Cart, Reported Reported) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

/// <summary>What a customer had ordered will not come about. Told once of each order that was placed.</summary>
public sealed record OrderCancelled(OrderId Order, CustomerId CustomerId, Reported Reported) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

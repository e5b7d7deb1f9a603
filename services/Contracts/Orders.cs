using System.Text.Json.Serialization;

namespace Engagement.Contracts;

/// <summary>The day that was promised for the delivery is over, and the parcel hasn't arrived.</summary>
public sealed record OrderLate(OrderId Order, CustomerId? CustomerId, DateOnly PromisedOn, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"order/{Order.Value}";
}

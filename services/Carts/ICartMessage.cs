using System.Text.Json.Serialization;
using Engagement.Contracts;

namespace Engagement.Carts;

/// <summary>What Carts says to itself of one cart: handled in turn with the cart's facts.</summary>
public interface ICartMessage : IGrouped
{
    CartId Cart { get; }

    [JsonIgnore]
    string IGrouped.GroupId => Carts.Cart.StreamKey(Cart);
}

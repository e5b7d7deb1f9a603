using System.Globalization;
using Engagement.Contracts;

namespace Engagement.Carts.Recovery;

/// <summary>Which step of which abandonment a message is: <c>cart-reminder/1.2/abc</c>, the second of the first time.</summary>
internal readonly record struct ReminderKey(CartId Cart, int Number, int Step)
{
    private static readonly string[] Kinds =
        [.. new[] { MessageKind.CartReminder, MessageKind.CartQuestion, MessageKind.CartFarewell }.Select(kind => kind.Name())];

    /// <summary>Null where the message is about something else.</summary>
    public static ReminderKey? Of(MessageKey key) =>
        key.Value.Split('/', 3) is [var kind, var place, var cart] && Kinds.Contains(kind) && place.Split('.') is [var number, var step]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var s) ? new(new CartId(cart), n, s) : null;

    public MessageKey ToMessage(MessageKind kind) => new(string.Create(CultureInfo.InvariantCulture, $"{kind.Name()}/{Number}.{Step}/{Cart.Value}"));
}

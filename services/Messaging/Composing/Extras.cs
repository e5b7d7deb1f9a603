namespace Engagement.Messaging.Composing;

/// <summary>What a mail says besides its data: made, or opened, at the moment of sending. <see cref="ToString"/> says nothing personal.</summary>
/// <param name="Words">What a person wrote to the customer.</param>
/// <param name="Unsubscribe">Where the customer says no to mails like this, if they can be refused; marketing can't be written without it.</param>
/// <param name="Page">The customer's page about it, if there is one.</param>
public sealed record Extras(string? Words = null, Uri? Unsubscribe = null, Uri? Page = null)
{
    public override string ToString() => "<extras>";
}

using Engagement.Contracts;

namespace Engagement.ServiceDefaults;

/// <summary>What a customer wrote on a page, as its owner tells the Gateway, which opens it for staff.</summary>
/// <param name="Said">What the customer chose beside it: a reason, or whether all is right.</param>
/// <param name="Words">A sealed <see cref="PersonalWords"/>.</param>
public sealed record SealedWords(DateTimeOffset At, CustomerId Customer, string Said, Sealed Words);

using System.Diagnostics.CodeAnalysis;

namespace Engagement.ServiceDefaults;

/// <summary>
/// Refuses a command that a person gave in a request: 409 with the code, never retried. Facts are recorded, never rejected.
/// </summary>
/// <param name="code">What programs go by, in kebab case: <c>already-cancelled</c>.</param>
/// <param name="message">One sentence for the person; no personal data.</param>
[SuppressMessage("Naming", "CA1710", Justification = "Reads as a sentence where it is thrown.")]
public sealed class Rejected(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}

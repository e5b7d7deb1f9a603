using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>Hands mails over. Safe to use from many threads.</summary>
public interface IMailTransport
{
    /// <summary>Hands over one mail. A repeat after success sends it again, with the same Message-ID.</summary>
    /// <param name="stillMine">Asked last before the point of no return; on false nothing is sent.</param>
    /// <returns>False when <paramref name="stillMine"/> said no.</returns>
    /// <exception cref="TemporaryFailure">Worth another attempt.</exception>
    /// <exception cref="PermanentFailure">Another attempt would be refused as well.</exception>
    Task<bool> SendAsync(OutgoingMail mail, Func<CancellationToken, Task<bool>> stillMine, CancellationToken ct);

    /// <inheritdoc cref="IDeliveryChannel.Allow"/>
    Allowance Allow(int most) => new(most);

    /// <inheritdoc cref="IDeliveryChannel.Begun"/>
    void Begun(int mails)
    {
    }
}

/// <summary>A mail was not handed over. The message names no address, nor does it quote the server, which might.</summary>
/// <param name="replyCode">The server's reply, such as 550; null when there was none.</param>
/// <param name="statusCode">Its enhanced status (RFC 3463), such as <c>5.1.1</c>.</param>
public abstract class DeliveryException(string message, int? replyCode, string? statusCode, Exception? inner) : Exception(message, inner)
{
    public int? ReplyCode { get; } = replyCode;

    public string? StatusCode { get; } = statusCode;
}

/// <summary>The server or the way to it failed, or the server asks for patience: try again later.</summary>
public sealed class TemporaryFailure(string message, int? replyCode = null, string? statusCode = null, Exception? inner = null, bool inDoubt = false)
    : DeliveryException(message, replyCode, statusCode, inner)
{
    /// <summary>The final dot was sent and no answer came: the mail may have been taken, another attempt may repeat it.</summary>
    public bool InDoubt { get; } = inDoubt;

    /// <summary>It was not this mail's fault: the server is away or wants to be left alone, and other mails would fare no better.</summary>
    public bool AboutServer { get; init; }
}

/// <summary>The server refused this mail for good.</summary>
public sealed class PermanentFailure(string message, int? replyCode = null, string? statusCode = null)
    : DeliveryException(message, replyCode, statusCode, inner: null)
{
    /// <summary>No mail will ever reach this address: nothing else should be sent there.</summary>
    public bool AboutAddress { get; init; }
}

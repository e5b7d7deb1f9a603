using System.Net.Security;

namespace Engagement.Messaging.Sending;

/// <summary>The server that takes our mails. Section <c>Smtp</c>; without a host mails go to a folder.</summary>
public sealed class SmtpOptions
{
    public string? Host { get; set; }

    public int Port { get; set; } = 25;

    public string? User { get; set; }

    public string? Password { get; set; }

    public SmtpSecurity Security { get; set; } = SmtpSecurity.Auto;

    /// <summary>How many mails are handed over at a time, each on its own connection.</summary>
    public int MaxConnections { get; set; } = 4;

    /// <summary>From the beginning of an attempt to its final dot.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>From the final dot to the server's answer. A delivery's lease must outlast both times together.</summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A connection that was not used for so long is closed.</summary>
    public TimeSpan IdleClose { get; set; } = TimeSpan.FromSeconds(30);

    internal RemoteCertificateValidationCallback? CertificateCheck { get; set; }
}

public enum SmtpSecurity
{
    /// <summary>TLS from the first byte on port 465, else STARTTLS where the server offers it. A password is never sent in the clear.</summary>
    Auto,

    /// <summary>STARTTLS or nothing.</summary>
    StartTls,

    /// <summary>No encryption, not even for the password: for a server on this machine.</summary>
    None,
}

using System.Net.Security;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>The server that takes our mails. Section <c>Smtp</c>; without a host mails go to a folder.</summary>
public sealed class SmtpOptions
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    public string? Host { get; set; }

    public int Port { get; set; } = 25;

    public string? User { get; set; }

    public string? Password { get; set; }

    public SmtpSecurity Security { get; set; } = SmtpSecurity.Auto;

    /// <summary>Mails are handed over as Postmark wants them; by default where the host is Postmark's.</summary>
    public bool? Postmark { get; set; }

    /// <summary>How many mails are handed over at a time, each on its own connection.</summary>
    public int MaxConnections { get; set; } = 4;

    /// <summary>How many mails an instance begins to hand over in any one second; none by default. Less than 1 is a mail every so many seconds.</summary>
    public double? MaxPerSecond { get; set; }

    /// <summary>From the connection to the final dot; a mail waits no longer than that for a connection either.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>From the final dot to the server's answer; after that nobody knows whether it took the mail. Filters before a queue may take 100 s.</summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>A connection that was not used for so long is closed.</summary>
    public TimeSpan IdleClose { get; set; } = TimeSpan.FromSeconds(30);

    internal RemoteCertificateValidationCallback? CertificateCheck { get; set; }

    /// <summary>The settings as configured.</summary>
    public static SmtpOptions From(IConfiguration configuration) => configuration.GetSection("Smtp").Get<SmtpOptions>() ?? new SmtpOptions();

    /// <summary>Lets no attempt end before the server's answer can come: the mail would be sent again.</summary>
    public void Fit(DeliveryWorkerOptions deliveries)
    {
        ArgumentNullException.ThrowIfNull(deliveries);
        if (string.IsNullOrWhiteSpace(Host)) return;
        deliveries.AttemptLimit = (Timeout * 2) + AnswerTimeout + Margin;
        deliveries.Lease = deliveries.AttemptLimit * 3;
        deliveries.Concurrency = MaxConnections * 2; // while half of them are handed over, the others are written or recorded
    }
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

using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.RegularExpressions;

namespace Engagement.Messaging.Sending;

/// <summary>One connection to an SMTP server (RFC 5321), for one mail at a time.</summary>
internal sealed partial class SmtpConnection : IDisposable
{
    private const int MostLines = 128;

    private readonly SmtpOptions _options;
    private readonly Socket _socket;
    private readonly byte[] _received = new byte[4096];
    private Stream _stream;
    private int _start;
    private int _end;
    private string[] _extensions = [];
    private bool _pipelines;
    private bool _outOfStep;
    private bool _needsReset;

    private SmtpConnection(SmtpOptions options, Socket socket) => (_options, _socket, _stream) = (options, socket, new NetworkStream(socket, ownsSocket: true));

    /// <summary>The server and we agree on where we stand: another mail can follow.</summary>
    public bool Reusable { get; private set; }

    public static async Task<SmtpConnection> OpenAsync(SmtpOptions options, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(options.Host!, options.Port, ct);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = new SmtpConnection(options, socket);
        try
        {
            await connection.GreetAsync(ct);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Announces a mail, in one go where the server takes it (RFC 2920). False when it has closed the connection meanwhile: it heard nothing of
    /// the mail.
    /// </summary>
    public async Task<bool> BeginAsync(OutgoingMail mail, CancellationToken ct)
    {
        Reusable = false;
        if (_start != _end) // a farewell, most likely
            return false;

        Reply reply;
        try
        {
            if (_needsReset && (await CommandAsync("RSET", ct)).Code != 250)
                return false;

            _needsReset = false;
            var sender = $"MAIL FROM:<{mail.From.Address}>\r\n";
            await SayAsync(_pipelines ? $"{sender}{Recipient(mail)}DATA\r\n" : sender, ct);
            reply = await ReplyAsync(ct);
        }
        catch (IOException)
        {
            return false;
        }
        if (reply.Code == 421)
            return false;

        if (_pipelines && reply.Code / 100 != 2) await HearRestAsync(2, ct);
        ForTheMail(reply, 2, Step.Sender);
        return true;
    }

    /// <summary>Sends the announced mail. False when <paramref name="stillMine"/> said no: the dot that would send it was not sent.</summary>
    /// <param name="untilAnswered">Begins the time for the server's answer just before the mail can't be called back; throws where it is too late for it.</param>
    public async Task<bool> FinishAsync(
        OutgoingMail mail, Func<CancellationToken, Task<bool>> stillMine, Func<CancellationToken> untilAnswered, CancellationToken ct)
    {
        if (!_pipelines) await SayAsync(Recipient(mail), ct);
        var recipient = await ReplyAsync(ct);
        if (_pipelines && recipient.Code / 100 != 2) await HearRestAsync(1, ct);
        ForTheMail(recipient, 2, Step.Recipient);
        if (!_pipelines) await SayAsync("DATA\r\n", ct);
        ForTheMail(await ReplyAsync(ct), 3, Step.Mail);
        await WriteAsync(DotsDoubled(mail.Content.Span), ct);
        if (!await stillMine(ct))
            return false;

        Reply reply;
        var limit = untilAnswered(); // not ct: whoever stops us now would only make the outcome unknown
        try
        {
            await WriteAsync(".\r\n"u8.ToArray(), limit);
            reply = await ReplyAsync(limit);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or TemporaryFailure)
        {
            throw new TemporaryFailure("The server did not say whether it took the mail.", inner: e, inDoubt: true) { AboutServer = true };
        }
        ForTheMail(reply, 2, Step.Mail);
        Reusable = true;
        return true;
    }

    public void Dispose()
    {
        if (Reusable)
        {
            try
            {
                _stream.Write("QUIT\r\n"u8);
            }
            catch (IOException)
            {
                // The server was faster: the connection is closed, as it should be.
            }
        }
        _stream.Dispose();
    }

    private async Task GreetAsync(CancellationToken ct)
    {
        if (_options is { Security: SmtpSecurity.Auto, Port: 465 })
            await EncryptAsync(ct);

        ForUs(await ReplyAsync(ct), 2, "the connection");
        await HelloAsync(ct);
        if (_stream is not SslStream && _options.Security != SmtpSecurity.None && _extensions.Contains("STARTTLS", StringComparer.OrdinalIgnoreCase))
        {
            ForUs(await CommandAsync("STARTTLS", ct), 2, "encryption");
            if (_start != _end) // said before the encryption, by whoever sits in between
                throw new TemporaryFailure("The server said more than it was asked before the encryption began.") { AboutServer = true };

            await EncryptAsync(ct);
            await HelloAsync(ct);
        }
        if (_stream is not SslStream && _options.Security == SmtpSecurity.StartTls)
            throw new TemporaryFailure("The server offers no encryption, and Smtp:Security asks for it.") { AboutServer = true };

        if (!string.IsNullOrEmpty(_options.User))
            await LogInAsync(_options.User, _options.Password ?? "", ct);
        Reusable = true;
    }

    private async Task HelloAsync(CancellationToken ct)
    {
        // An address literal is always true; this machine's name often isn't known outside.
        var address = ((IPEndPoint)_socket.LocalEndPoint!).Address;
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var literal = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{new IPAddress(address.GetAddressBytes())}]" : $"[{address}]";
        var reply = await CommandAsync($"EHLO {literal}", ct);
        ForUs(reply, 2, "our greeting");
        _extensions = [.. reply.Lines.Skip(1)];
        _pipelines = _extensions.Contains("PIPELINING", StringComparer.OrdinalIgnoreCase);
    }

    private async Task EncryptAsync(CancellationToken ct)
    {
        var encrypted = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = encrypted;
        var options = new SslClientAuthenticationOptions { TargetHost = _options.Host, RemoteCertificateValidationCallback = _options.CertificateCheck };
        try
        {
            await encrypted.AuthenticateAsClientAsync(options, ct);
        }
        catch (AuthenticationException e)
        {
            throw new TemporaryFailure("No trusted encryption with the server came about.", inner: e) { AboutServer = true };
        }
    }

    private async Task LogInAsync(string user, string password, CancellationToken ct)
    {
        if (_stream is not SslStream && _options.Security != SmtpSecurity.None)
            throw new TemporaryFailure("The server offers no encryption: the password isn't sent in the clear (Smtp:Security=None would allow it).")
            {
                AboutServer = true,
            };

        var mechanisms = _extensions.Where(line => line.StartsWith("AUTH", StringComparison.OrdinalIgnoreCase))
            .SelectMany(line => line.ToUpperInvariant().Split(' ', '=')).ToHashSet(); // some say AUTH=LOGIN
        if (mechanisms.Contains("PLAIN"))
        {
            ForUs(await CommandAsync($"AUTH PLAIN {Base64($"\0{user}\0{password}")}", ct), 2, "our password");
        }
        else if (mechanisms.Contains("LOGIN"))
        {
            ForUs(await CommandAsync("AUTH LOGIN", ct), 3, "our user");
            ForUs(await CommandAsync(Base64(user), ct), 3, "our user");
            ForUs(await CommandAsync(Base64(password), ct), 2, "our password");
        }
        else
        {
            throw new TemporaryFailure("The server offers no log-in that we speak (PLAIN, LOGIN).") { AboutServer = true };
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>A refusal that is about us, not about the mail (a wrong password, say), is never the mail's end.</summary>
    private static void ForUs(Reply reply, int expected, string what)
    {
        if (reply.Code / 100 != expected)
            throw new TemporaryFailure(Refused(reply, what), reply.Code, reply.Status) { AboutServer = true };
    }

    private void ForTheMail(Reply reply, int expected, Step step)
    {
        if (reply.Code / 100 == expected)
            return;

        Reusable = reply.Code / 100 is 4 or 5 && reply.Code != 421 && !_outOfStep;
        _needsReset = true;
        var what = Refused(reply, $"the {step.ToString().ToLowerInvariant()}");
        throw reply.Code / 100 == 5 && reply.Code != 530 // 530: log in first
            ? new PermanentFailure(what, reply.Code, reply.Status) { AboutAddress = IsAboutAddress(reply.Code, reply.Status, step) }
            : new TemporaryFailure(what, reply.Code, reply.Status)
            {
                AboutServer = reply.Code / 100 != 4 || IsAboutServer(reply.Code, reply.Status, string.Join(' ', reply.Lines)),
            };
    }

    /// <summary>
    /// Whether a 5xx says that nobody can be reached at the address, by the enhanced status (RFC 3463) where there is one: 5.1.x without
    /// those about the sender, and 5.2.1, a mailbox that is switched off.
    /// </summary>
    internal static bool IsAboutAddress(int code, string? status, Step step) => step != Step.Sender && status switch
    {
        null => step == Step.Recipient && code is 550 or 551 or 553,
        "5.1.7" or "5.1.8" or "5.1.9" => false,
        _ => status.StartsWith("5.1.", StringComparison.Ordinal) || status == "5.2.1",
    };

    /// <summary>Whether a 4xx asks us to be slower, rather than this mail to wait.</summary>
    internal static bool IsAboutServer(int code, string? status, string text) =>
        code is 421 or 432 || status is "4.3.2" or "4.4.5" || (status?.StartsWith("4.2.", StringComparison.Ordinal) != true && TooMuch().IsMatch(text));

    private static string Refused(Reply reply, string what) => $"The server refused {what}: {reply.Code}{(reply.Status is { } status ? " " + status : "")}.";

    private static TemporaryFailure NotSmtp() => new("The server doesn't speak SMTP.") { AboutServer = true };

    private async Task<Reply> CommandAsync(string command, CancellationToken ct)
    {
        await SayAsync(command + "\r\n", ct);
        return await ReplyAsync(ct);
    }

    private ValueTask SayAsync(string lines, CancellationToken ct) => WriteAsync(Encoding.ASCII.GetBytes(lines), ct);

    private static string Recipient(OutgoingMail mail) => $"RCPT TO:<{mail.To.Address}>\r\n";

    /// <summary>Hears the answers to what was said after a command that was refused. A server that wants the mail all the same gets none.</summary>
    private async Task HearRestAsync(int replies, CancellationToken ct)
    {
        try
        {
            for (; replies > 0; replies--)
                _outOfStep = (await ReplyAsync(ct)).Code == 354;
        }
        catch (Exception e) when (e is IOException or TemporaryFailure)
        {
            _outOfStep = true; // what was refused stays refused
        }
    }

    private async Task<Reply> ReplyAsync(CancellationToken ct)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await LineAsync(ct);
            if (!ReplyLine().IsMatch(line) || lines.Count == MostLines)
                throw NotSmtp();

            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length < 4 || line[3] == ' ')
                return new(int.Parse(line.AsSpan(0, 3), CultureInfo.InvariantCulture), lines);
        }
    }

    private async Task<string> LineAsync(CancellationToken ct)
    {
        while (true)
        {
            var length = _received.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = Encoding.UTF8.GetString(_received, _start, length).TrimEnd('\r');
                _start += length + 1;
                return line;
            }
            if (_end == _received.Length)
            {
                if (_start == 0)
                    throw NotSmtp();
                _received.AsSpan(_start).CopyTo(_received);
                (_start, _end) = (0, _end - _start);
            }
            var read = await _stream.ReadAsync(_received.AsMemory(_end), ct);
            _end += read > 0 ? read : throw new IOException("The server closed the connection.");
        }
    }

    /// <summary>The content with the dots at the beginnings of lines doubled, up to the line of the final dot.</summary>
    private static ReadOnlyMemory<byte> DotsDoubled(ReadOnlySpan<byte> content)
    {
        var sent = new ArrayBufferWriter<byte>(content.Length + 64);
        if (content.StartsWith("."u8))
            sent.Write("."u8);
        for (int at; (at = content.IndexOf("\r\n."u8)) >= 0; content = content[(at + 2)..])
        {
            sent.Write(content[..(at + 2)]);
            sent.Write("."u8);
        }
        sent.Write(content);
        if (!content.EndsWith("\r\n"u8))
            sent.Write("\r\n"u8);
        return sent.WrittenMemory;
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct) => _stream.WriteAsync(bytes, ct);

    [GeneratedRegex("^[2-5][0-9]{2}(?:[ -]|$)")]
    private static partial Regex ReplyLine();

    [GeneratedRegex(@"^[245]\.[0-9]{1,3}\.[0-9]{1,3}(?= |$)")]
    private static partial Regex EnhancedStatus();

    [GeneratedRegex("too (many|much|fast|quickly)|rate limit|throttl", RegexOptions.IgnoreCase)]
    private static partial Regex TooMuch();

    internal enum Step
    {
        Sender,
        Recipient,
        Mail,
    }

    private sealed record Reply(int Code, IReadOnlyList<string> Lines)
    {
        public string? Status => EnhancedStatus().Match(Lines[0]) is { Success: true, Value: var status } ? status : null;
    }
}

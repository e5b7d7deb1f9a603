using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Engagement.Testing;

namespace Engagement.Messaging.Tests.Sending;

/// <summary>A mail as a real server took it.</summary>
/// <param name="User">Who had logged in, and how.</param>
/// <param name="Answer">What it answered, or did instead.</param>
internal sealed record TakenMail(string Sender, string[] To, string Content, bool Encrypted, string? User, string Answer)
{
    public string MessageId => Regex.Match(Content, "^Message-ID: <(.+)>\r$", RegexOptions.Multiline).Groups[1].Value;

    /// <summary>To the byte.</summary>
    public bool IsRepeatOf(TakenMail other) => (Sender, To.Single(), Content) == (other.Sender, other.To.Single(), other.Content);
}

/// <summary>Somebody else's SMTP server, Debian's <c>python3-aiosmtpd</c>, as a process that ends with the test. Unscripted it takes every mail.</summary>
internal sealed class RealSmtpServer : IAsyncDisposable
{
    /// <summary>Takes the mail, and the connection ends before the answer.</summary>
    public const string Cut = "cut";

    /// <summary>No answer at all; after <see cref="TheDot"/> the mail is taken all the same.</summary>
    public const string Silence = "silence";

    /// <summary>Answers when <see cref="ReleaseAsync"/> is called; after <see cref="TheDot"/> the mail is taken at once.</summary>
    public const string Hold = "hold";

    public const string TheDot = ".";

    private static readonly string Script = Path.Combine(Repository.Root, "tests", "Messaging.Tests", "Sending", "smtp_server.py");
    private static readonly Lazy<string?> Python = new(() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(HasAiosmtpd));

    private readonly Process _process;
    private readonly string? _certificate;
    private readonly Channel<JsonObject> _answers = Channel.CreateUnbounded<JsonObject>();
    private readonly ConcurrentQueue<TakenMail> _mails = new();
    private readonly Task _reading;
    private int _connections;
    private int _ended;

    private RealSmtpServer(Process process, string? certificate)
    {
        (_process, _certificate) = (process, certificate);
        _reading = ReadAsync();
    }

    public int Port { get; private set; }

    /// <summary>How many were ever made.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public int EndedConnections => Volatile.Read(ref _ended);

    /// <summary>What it is known to have taken so far.</summary>
    public int Taken => _mails.Count;

    public (string, string)[] Settings => [("Smtp:Host", "127.0.0.1"), ("Smtp:Port", $"{Port}")];

    /// <param name="certificate">It asks for STARTTLS with this one.</param>
    /// <param name="login">It asks for this name and password.</param>
    /// <param name="without">Mechanisms of AUTH that it doesn't offer.</param>
    public static async Task<RealSmtpServer> StartAsync(X509Certificate2? certificate = null, string[]? login = null, params string[] without)
    {
        if (Python.Value is not { } python)
        {
            Assert.Skip("No Python here has aiosmtpd: apt-get install python3-aiosmtpd");
            throw new InvalidOperationException();
        }

        var settings = new JsonObject();
        var file = certificate is null ? null : Path.GetTempFileName();
        if (certificate is not null)
        {
            await File.WriteAllTextAsync(file!, $"{certificate.ExportCertificatePem()}\n{certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n");
            settings["certificate"] = file;
        }

        if (login is not null) settings["login"] = new JsonArray([.. login]);
        if (without.Length > 0) settings["without"] = new JsonArray([.. without]);
        var start = new ProcessStartInfo(python, ["-W", "ignore", Script, settings.ToJsonString()]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var server = new RealSmtpServer(Process.Start(start)!, file);
        server.Port = (await server.NextAsync())["port"]!.GetValue<int>();
        return server;
    }

    /// <summary>What it says at the next times that it is at this step: <c>MAIL</c>, <c>RCPT</c>, <c>DATA</c> or <see cref="TheDot"/>.</summary>
    public Task AnswerAsync(string step, params string[] replies) =>
        OrderAsync(new JsonObject { ["do"] = "answer", ["at"] = step, ["replies"] = new JsonArray([.. replies]) });

    /// <summary>All that it took, in that order, repeats included.</summary>
    public async Task<IReadOnlyList<TakenMail>> MailsAsync()
    {
        await OrderAsync(new JsonObject { ["do"] = "nothing" });   // its answer comes after all that it told before
        return [.. _mails];
    }

    public Task ReleaseAsync() => OrderAsync(new JsonObject { ["do"] = "release" });

    /// <summary>It is gone, and so are its connections.</summary>
    public Task LeaveAsync() => OrderAsync(new JsonObject { ["do"] = "leave" });

    public Task ReturnAsync() => OrderAsync(new JsonObject { ["do"] = "return" });

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _reading;
        await _process.WaitForExitAsync();
        _process.Dispose();
        if (_certificate is not null) File.Delete(_certificate);
    }

    private async Task OrderAsync(JsonObject order)
    {
        await _process.StandardInput.WriteLineAsync(order.ToJsonString());
        await _process.StandardInput.FlushAsync();
        await NextAsync();
    }

    private async Task<JsonObject> NextAsync() => await _answers.Reader.ReadAsync(TestContext.Current.CancellationToken);

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var told = JsonNode.Parse(line)!.AsObject();
            switch (told["what"]!.GetValue<string>())
            {
                case "connection":
                    Interlocked.Increment(ref _connections);
                    break;
                case "end":
                    Interlocked.Increment(ref _ended);
                    break;
                case "mail":
                    _mails.Enqueue(new TakenMail(
                        told["sender"]!.GetValue<string>(), told["to"].Deserialize<string[]>()!,
                        Encoding.Latin1.GetString(Convert.FromBase64String(told["content"]!.GetValue<string>())),
                        told["encrypted"]!.GetValue<bool>(), told["user"]?.GetValue<string>(), told["answer"]!.GetValue<string>()));
                    break;
                default:
                    _answers.Writer.TryWrite(told);
                    break;
            }
        }

        _answers.Writer.TryComplete();
    }

    private static bool HasAiosmtpd(string python)
    {
        try
        {
            var start = new ProcessStartInfo(python, ["-c", "import aiosmtpd"]) { RedirectStandardError = true };
            using var process = Process.Start(start)!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)   // there is none by this name
        {
            return false;
        }
    }
}

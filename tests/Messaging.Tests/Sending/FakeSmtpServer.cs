using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;

namespace Engagement.Messaging.Tests.Sending;

/// <summary>An SMTP server on this machine that does what a test tells it. Unscripted it takes every mail.</summary>
internal sealed class FakeSmtpServer : IAsyncDisposable
{
    public const string Cut = "cut the connection";
    public const string Silence = "say nothing";
    public const string TheDot = ".";
    public const string Greeting = "greeting";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _script = new();
    private readonly List<Task> _sessions = [];
    private readonly Task _accepting;

    public FakeSmtpServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Extensions { get; init; } = "250-fake greets you\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 HELP";

    public X509Certificate2? Certificate { get; init; }

    public int Connections { get; private set; }

    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>What came between DATA and the final dot, as it came.</summary>
    public ConcurrentQueue<string> Mails { get; } = new();

    /// <summary>One entry per ended session: what of a mail had come without its final dot.</summary>
    public Channel<string> Ended { get; } = Channel.CreateUnbounded<string>();

    public FakeSmtpServer Answer(string command, params string[] replies)
    {
        _script[command] = new(replies);
        return this;
    }

    public static X509Certificate2 SelfMadeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll([_accepting, .. _sessions]);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                socket.NoDelay = true;
                Connections++;
                _sessions.Add(ServeAsync(socket));
            }
        }
        catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        var data = new StringBuilder();
        try
        {
            var reader = new StreamReader(stream, Encoding.Latin1);
            await SayAsync(Next(Greeting) ?? "220 fake");
            var inData = false;
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                if (inData && line != TheDot)
                {
                    data.Append(line).Append("\r\n");
                    if (Next("in data") == Cut)
                        return;
                    continue;
                }
                if (inData)
                {
                    inData = false;
                    var answer = Next(TheDot) ?? "250 2.0.0 taken";
                    if (answer.StartsWith('2'))
                        Mails.Enqueue(data.ToString());
                    data.Clear();
                    await SayAsync(answer);
                    continue;
                }

                Commands.Enqueue(line);
                var verb = line.Split(' ')[0].ToUpperInvariant();
                var reply = Next(verb) ?? verb switch
                {
                    "EHLO" => Extensions,
                    "DATA" => "354 go on",
                    "AUTH" => "235 welcome",
                    "STARTTLS" => "220 go on",
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                };
                await SayAsync(reply);
                inData = verb == "DATA" && reply.StartsWith('3');
                if (verb == "STARTTLS" && reply == "220 go on")
                {
                    var encrypted = new SslStream(stream, leaveInnerStreamOpen: false);
                    await encrypted.AuthenticateAsServerAsync(Certificate!);
                    stream = encrypted;
                    reader = new StreamReader(stream, Encoding.Latin1);
                }
                if (verb == "QUIT")
                    return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // cut, by the script, by the client or by the end of the test
        }
        finally
        {
            await stream.DisposeAsync();
            Ended.Writer.TryWrite(data.ToString());
        }

        async Task SayAsync(string reply)
        {
            if (reply == Cut)
                throw new IOException("cut");
            if (reply != Silence)
                await stream.WriteAsync(Encoding.UTF8.GetBytes(reply + "\r\n"), _stop.Token);
        }
    }

    private string? Next(string command) => _script.TryGetValue(command, out var replies) && replies.TryDequeue(out var reply) ? reply : null;
}

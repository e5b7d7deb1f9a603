using System.Net;
using System.Net.Sockets;

namespace Engagement.Bench.Shop;

/// <summary>An SMTP server in this process that takes every mail and keeps the last. It says no more than a mail needs, so that it is not what is measured.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private long _taken;

    public SmtpSink()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>As it came: dots doubled, with the final one.</summary>
    public byte[] Last { get; private set; } = [];

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var socket = await _listener.AcceptSocketAsync();
            socket.NoDelay = true;
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var ended = socket;
        var buffer = new byte[1 << 18];
        var (length, inMail) = (0, false);
        var answers = new MemoryStream();
        try
        {
            await socket.SendAsync("220 sink\r\n"u8.ToArray());
            while (await socket.ReceiveAsync(buffer.AsMemory(length)) is > 0 and var read)
            {
                length += read;
                var start = 0;
                while (Next(buffer.AsSpan(start, length - start), inMail) is var size and > 0)
                {
                    var said = buffer.AsSpan(start, size);
                    start += size;
                    if (inMail)
                    {
                        Last = said.ToArray();
                        Interlocked.Increment(ref _taken);
                    }

                    answers.Write(inMail ? "250 2.0.0 taken\r\n"u8 : said[0] switch
                    {
                        (byte)'E' => "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"u8,
                        (byte)'D' => "354 go on\r\n"u8,
                        _ => "250 ok\r\n"u8,
                    });
                    inMail = !inMail && said[0] == (byte)'D';
                }

                buffer.AsSpan(start, length - start).CopyTo(buffer);
                length -= start;
                if (answers.Length == 0) continue;
                await socket.SendAsync(answers.GetBuffer().AsMemory(0, (int)answers.Length));
                answers.SetLength(0);
            }
        }
        catch (SocketException)
        {
            // the other side is gone
        }
    }

    private static int Next(ReadOnlySpan<byte> said, bool inMail)
    {
        var (end, mark) = inMail ? (said.IndexOf("\r\n.\r\n"u8), 5) : (said.IndexOf("\r\n"u8), 2);
        return end < 0 ? 0 : end + mark;
    }
}

using System.Net;
using System.Net.Sockets;

namespace Engagement.Hosting;

/// <summary>One TCP port in front of several: each connection goes to the next one that takes it.</summary>
internal sealed class RoundRobinProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly IReadOnlyList<int> targets;
    private readonly TcpListener[] listeners;
    private readonly Task accepting;
    private uint next;

    /// <exception cref="SocketException">The port is taken.</exception>
    public RoundRobinProxy(int port, IReadOnlyList<int> targets)
    {
        this.targets = targets;
        listeners = LocalPorts.Listen(port);
        accepting = Task.WhenAll(listeners.Select(AcceptAsync));
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        foreach (var listener in listeners)
            listener.Dispose();
        await accepting;
        stopping.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
            try
            {
                using var target = await ConnectAsync();
                if (target is null)
                    return;
                client.NoDelay = target.NoDelay = true;
                await Task.WhenAll(CopyAsync(client, target), CopyAsync(target, client));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // One side has gone; closing the other tells it so.
            }
    }

    private async Task<TcpClient?> ConnectAsync()
    {
        for (var attempt = 0; attempt < targets.Count; attempt++)
        {
            var target = new TcpClient();
            try
            {
                await target.ConnectAsync(IPAddress.Loopback, targets[(int)(Interlocked.Increment(ref next) % (uint)targets.Count)], stopping.Token);
                return target;
            }
            catch (SocketException)
            {
                target.Dispose(); // this one is being restarted
            }
        }
        return null;
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        await from.GetStream().CopyToAsync(to.GetStream(), stopping.Token);
        to.Client.Shutdown(SocketShutdown.Send);
    }
}

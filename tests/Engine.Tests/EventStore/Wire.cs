using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Engagement.Engine.Tests.EventStore;

/// <summary>Stands between client and server and counts how often the client speaks after the server did.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _roundTrips;

    public Wire(string connectionString)
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        _listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.ConnectionString;
        _accepting = Accept(server.Host!, server.Port);
    }

    public string ConnectionString { get; }

    public int RoundTrips => Volatile.Read(ref _roundTrips);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task Accept(string host, int port)
    {
        var pumps = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var server = new TcpClient { NoDelay = true };
                await server.ConnectAsync(host, port, _stop.Token);
                var turn = new Turn();
                pumps.Add(Pump(client, server, () => Interlocked.Add(ref _roundTrips, turn.ClientSpeaks())));
                pumps.Add(Pump(server, client, turn.ServerSpeaks));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(pumps);
        }
    }

    private async Task Pump(TcpClient from, TcpClient to, Action heard)
    {
        using (from)
        {
            var buffer = new byte[65536];
            try
            {
                while (await from.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var count)
                {
                    heard();
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
            {
                // One side hung up.
            }
        }
    }

    private sealed class Turn
    {
        private int _serverSpoke = 1;

        public int ClientSpeaks() => Interlocked.Exchange(ref _serverSpoke, 0);

        public void ServerSpeaks() => Interlocked.Exchange(ref _serverSpoke, 1);
    }
}

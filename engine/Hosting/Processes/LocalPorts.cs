using System.Net;
using System.Net.Sockets;

namespace Engagement.Hosting;

/// <summary>TCP ports of localhost.</summary>
internal static class LocalPorts
{
    /// <summary>Below those that systems give to outgoing connections, which could take one while a service is being restarted.</summary>
    private const int First = 15_000, End = 32_000;

    private static readonly IPAddress[] Addresses = Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];

    /// <summary>Listens on all addresses of localhost, as ASP.NET does.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public static TcpListener[] Listen(int port)
    {
        TcpListener[] listeners = [.. Addresses.Select(address => new TcpListener(address, port))];
        try
        {
            foreach (var listener in listeners)
                listener.Start();
            return listeners;
        }
        catch (SocketException)
        {
            foreach (var listener in listeners)
                listener.Dispose();
            throw;
        }
    }

    public static bool IsFree(int port)
    {
        try
        {
            foreach (var listener in Listen(port))
                listener.Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Somebody may take it before it is used, but two that look at once hardly meet.</summary>
    public static int FindFree()
    {
        int port;
        do
            port = Random.Shared.Next(First, End);
        while (!IsFree(port));
        return port;
    }
}

using System.Net;
using System.Net.Sockets;

namespace Engagement.ServiceDefaults;

/// <summary>
/// Where webhooks may go. A shop names the address, and our network is not its to look into: outside development only https, and only addresses of the public
/// Internet, asked again when the connection is made, since a name can change its mind.
/// </summary>
public sealed record PublicAddresses(bool AnyAddress)
{
    private const int LongestUrl = 2000;

    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            // IANA's special-purpose registries: this network, private, shared, loopback, link-local, protocol, documentation, benchmarks, multicast, reserved
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    /// <summary>IPv6's global unicast, and what of it leads elsewhere: Teredo and protocols, documentation, 6to4.</summary>
    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] NotGlobal =
        [IPNetwork.Parse("2001::/23"), IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("2002::/16"), IPNetwork.Parse("3fff::/20")];

    /// <summary>What is wrong with an endpoint's address, or null.</summary>
    public string? WhyNot(string? text)
    {
        if (text is null || text.Length > LongestUrl || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
            return "An absolute address.";
        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0) return "An address without a user and without a fragment.";
        if (AnyAddress) return url.Scheme is "https" or "http" ? null : "An https address.";
        if (url.Scheme != "https") return "An https address.";
        var isPublic = IPAddress.TryParse(url.DnsSafeHost, out var address) ? IsPublic(address) : url.Host.TrimEnd('.').Contains('.', StringComparison.Ordinal);
        return isPublic ? null : "An address on the public Internet.";
    }

    public static bool IsPublic(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? !NotPublic.Any(network => network.Contains(address))
            : Global.Contains(address) && !NotGlobal.Any(network => network.Contains(address));
    }

    /// <summary>Connects to the first public address of the name.</summary>
    /// <exception cref="AddressNotAllowedException">There is none.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, ct);
        var allowed = found.Where(address => AnyAddress || IsPublic(address)).ToArray();
        if (allowed.Length == 0) throw new AddressNotAllowedException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A webhook's host lies in a network that isn't its shop's business.</summary>
public sealed class AddressNotAllowedException() : Exception("The host has no address on the public Internet.");

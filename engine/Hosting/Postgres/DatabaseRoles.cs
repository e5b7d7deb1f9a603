using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Engagement.Hosting;

/// <summary>Passwords of the services' database roles.</summary>
public static class DatabaseRoles
{
    /// <summary>
    /// The password of <paramref name="role"/>, derived from the server's: HMAC-SHA256 of the role's name keyed with the UTF-8 of
    /// <paramref name="serverPassword"/>, in unpadded base64url (43 characters). The AppHost hands it out and Migrate sets it, so
    /// nothing needs to be stored; a role can't work out another's. Thread safe.
    /// </summary>
    /// <exception cref="ArgumentException">The server has no password: what is derived from nothing, everybody can derive.</exception>
    public static string Password(string serverPassword, string role)
    {
        ArgumentException.ThrowIfNullOrEmpty(serverPassword);
        return Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(serverPassword), Encoding.UTF8.GetBytes($"engagement-role:{role}")));
    }
}

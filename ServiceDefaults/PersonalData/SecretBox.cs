using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Engagement.ServiceDefaults;

/// <summary>
/// Keeps secrets that must be read again, such as a webhook's: AES-256-GCM with a key of the master key, bound to what they are for. Thread-safe.
/// </summary>
public sealed class SecretBox(MasterKey master)
{
    private readonly BoxKey _key = new(master.Derive("secrets"));

    /// <param name="boundTo">The shop and what the secret is for; needed again to open it.</param>
    public string Seal(string boundTo, string secret) =>
        Base64Url.EncodeToString(_key.Encrypt(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(boundTo)));

    /// <exception cref="CryptographicException">It was changed, or is for something else, or the master key is another one.</exception>
    public string Open(string boundTo, string sealedSecret) =>
        Encoding.UTF8.GetString(_key.Decrypt(Base64Url.DecodeFromChars(sealedSecret), Encoding.UTF8.GetBytes(boundTo)));
}

using System.Security.Cryptography;

namespace Engagement.ServiceDefaults;

/// <summary>A 256-bit key for AES-GCM that leaves its mark in what it encrypts, so that a replaced key is told from tampering.</summary>
/// <remarks>A box is: version (1 byte), the key's mark (8), nonce (12), ciphertext, tag (16).</remarks>
internal sealed class BoxKey
{
    private const byte Version = 1;
    private const int MarkSize = 8;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int HeadSize = 1 + MarkSize + NonceSize;

    private readonly byte[] _key;
    private readonly byte[] _mark;

    public BoxKey(byte[] key)
    {
        _key = key;
        _mark = HKDF.Expand(HashAlgorithmName.SHA256, key, MarkSize, "mark"u8.ToArray());
    }

    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(32);

    /// <summary>Says whether this key made the box, without opening it.</summary>
    public bool Made(ReadOnlySpan<byte> box) =>
        box.Length >= HeadSize + TagSize && box[0] == Version && box.Slice(1, MarkSize).SequenceEqual(_mark);

    public byte[] Encrypt(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> boundTo)
    {
        var box = new byte[HeadSize + plain.Length + TagSize];
        box[0] = Version;
        _mark.CopyTo(box.AsSpan(1));
        var nonce = box.AsSpan(1 + MarkSize, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(nonce, plain, box.AsSpan(HeadSize, plain.Length), box.AsSpan(HeadSize + plain.Length), boundTo);
        return box;
    }

    /// <exception cref="CryptographicException">The box was changed, or is bound to something else.</exception>
    public byte[] Decrypt(ReadOnlySpan<byte> box, ReadOnlySpan<byte> boundTo)
    {
        if (!Made(box)) throw new CryptographicException("The box was made with another key.");
        var plain = new byte[box.Length - HeadSize - TagSize];
        using var aes = new AesGcm(_key, TagSize);
        aes.Decrypt(box.Slice(1 + MarkSize, NonceSize), box.Slice(HeadSize, plain.Length), box[^TagSize..], plain, boundTo);
        return plain;
    }
}

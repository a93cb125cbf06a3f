using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Parti.Grains.Webhooks;

/// <summary>Signatures after the Standard Webhooks specification, version 1: HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
public static class WebhookSignature
{
    /// <summary>Shortest secret in bytes.</summary>
    public const int LeastSecretBytes = 24;

    /// <summary>Longest secret in bytes.</summary>
    public const int MostSecretBytes = 64;

    private const string Prefix = "whsec_";

    /// <summary>The key in a secret, or null where the text is none.</summary>
    /// <param name="secret"><c>whsec_</c> and base64.</param>
    public static byte[]? TryReadSecret(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        byte[] key = new byte[MostSecretBytes + 1];
        return secret.StartsWith(Prefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(secret[Prefix.Length..], key, out int length)
            && length is >= LeastSecretBytes and <= MostSecretBytes ? key[..length] : null;
    }

    /// <summary>The value of <c>webhook-signature</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="id">The value of <c>webhook-id</c>.</param>
    /// <param name="timestamp">The value of <c>webhook-timestamp</c>, seconds since 1970.</param>
    /// <param name="body">The body as sent.</param>
    public static string Sign(byte[] key, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}."));
        byte[] signed = [.. head, .. body];
        return $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}";
    }
}

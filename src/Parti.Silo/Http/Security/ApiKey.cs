using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Parti.Silo.Http.Security;

/// <summary>
/// Makes and hashes keys. A key is 256 random bits, so that one round of SHA-256 is enough to keep it: there is no
/// dictionary to try.
/// </summary>
public static class ApiKey
{
    /// <summary>What every key begins with, so that scanners of leaked secrets know one when they see it.</summary>
    public const string Prefix = "parti_";

    private const int RandomBytes = 32;

    /// <summary>A new key. It is shown once; only its hash is kept.</summary>
    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>SHA-256 of a key, hexadecimal lower case: what the configuration holds.</summary>
    /// <param name="key">The key.</param>
    public static string Hash(string key) => Convert.ToHexStringLower(HashBytes(key));

    /// <summary>Whether a text lists scopes that there are: any of <c>submit</c>, <c>read</c>, <c>admin</c>, separated by commas.</summary>
    /// <param name="text">The text.</param>
    public static bool AreScopes(string? text) => Scopes.Parse(text) is not null;

    internal static byte[] HashBytes(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}

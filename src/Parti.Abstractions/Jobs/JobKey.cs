using System.Security.Cryptography;

namespace Parti.Abstractions;

/// <summary>The name of a job across tenants, and the key of its grain.</summary>
/// <param name="Tenant">Owner; lower-case letters, digits and dashes, at most 64.</param>
/// <param name="Id">Job id; the same alphabet.</param>
[GenerateSerializer, Immutable, Alias("parti.job-key")]
public readonly record struct JobKey([property: Id(0)] string Tenant, [property: Id(1)] string Id)
{
    /// <summary>The tenant of callers that name none.</summary>
    public const string DefaultTenant = "default";

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>Reads <c>tenant/job</c>.</summary>
    /// <exception cref="FormatException">The text is no such key.</exception>
    public static JobKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IsValidPart(text[..slash]) || !IsValidPart(text[(slash + 1)..]))
        {
            throw new FormatException($"\"{text}\" is no job key; it reads tenant/job with lower-case letters, digits and dashes, at most 64 each.");
        }

        return new(text[..slash], text[(slash + 1)..]);
    }

    /// <summary>Whether a text may be a tenant or a job id.</summary>
    public static bool IsValidPart(string? text) =>
        text is { Length: > 0 and <= 64 } && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');

    /// <summary>A new id of 16 characters that sorts by time.</summary>
    public static string NewId(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Span<char> id = stackalloc char[16];
        long milliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
        for (int i = 8; i >= 0; i--, milliseconds >>= 5)
        {
            id[i] = Alphabet[(int)(milliseconds & 31)];
        }

        // Bytes at once: each call goes to the system's library.
        Span<byte> random = stackalloc byte[7];
        RandomNumberGenerator.Fill(random);
        for (int i = 9; i < id.Length; i++)
        {
            id[i] = Alphabet[random[i - 9] & 31];
        }

        return new string(id);
    }

    /// <summary><c>tenant/job</c>.</summary>
    public override string ToString() => $"{Tenant}/{Id}";
}

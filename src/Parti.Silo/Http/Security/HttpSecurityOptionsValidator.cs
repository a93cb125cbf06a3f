using System.Net;
using Microsoft.Extensions.Options;
using Parti.Abstractions;

namespace Parti.Silo.Http.Security;

/// <summary>Checks at start who may come in; each message names the key, its value and what is allowed.</summary>
/// <param name="http">Where the server listens.</param>
internal sealed class HttpSecurityOptionsValidator(IOptions<PartiHttpOptions> http) : IValidateOptions<HttpSecurityOptions>
{
    private const int LeastLinkKeyBytes = 32;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, HttpSecurityOptions options)
    {
        List<string> problems = [];
        CheckKeys(problems, options);
        CheckLimits(problems, "Limits", options.Limits);
        Check(problems, "Uploads:MaxBytes", options.Uploads.MaxBytes, 1024, 64 << 20);
        Check(problems, "Uploads:MaxEdge", options.Uploads.MaxEdge, 16, 16384);
        Check(problems, "Uploads:MaxPixels", options.Uploads.MaxPixels, 256, 1 << 26);
        Check(problems, nameof(options.LinkLifetime), options.LinkLifetime, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7));
        CheckLinkKey(problems, options.LinkKey);
        CheckAddress(problems, options);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    /// <summary>Whether an address reaches nobody but this machine.</summary>
    internal static bool IsLoopback(string url) => Uri.TryCreate(url, UriKind.Absolute, out Uri? address)
        && (address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip)));

    private static void CheckKeys(List<string> problems, HttpSecurityOptions options)
    {
        for (int i = 0; i < options.ApiKeys.Count; i++)
        {
            ApiKeyOptions key = options.ApiKeys[i];
            string place = $"ApiKeys:{i}";
            if (key.Sha256 is not { Length: 64 } || !key.Sha256.All(char.IsAsciiHexDigit))
            {
                Add(problems, $"{place}:Sha256", "is not a hash, allowed are 64 hexadecimal digits; make a key with parti keys new.");
            }

            if (!JobKey.IsValidPart(key.Tenant))
            {
                Add(problems, $"{place}:Tenant", $"is \"{key.Tenant}\", allowed are 1 to 64 lower-case letters, digits and dashes.");
            }

            if (Scopes.Parse(key.Scopes) is null)
            {
                Add(problems, $"{place}:Scopes", $"is \"{key.Scopes}\", allowed is any of {string.Join(", ", Scopes.All)}, separated by commas.");
            }

            if (key.Limits is { } own)
            {
                CheckLimits(problems, $"{place}:Limits", own);
            }
        }
    }

    private static void CheckLimits(List<string> problems, string place, CallerLimits limits)
    {
        Check(problems, $"{place}:RequestsPerMinute", limits.RequestsPerMinute, 1, 1_000_000);
        Check(problems, $"{place}:ConcurrentRequests", limits.ConcurrentRequests, 1, 100_000);
        Check(problems, $"{place}:ConcurrentImages", limits.ConcurrentImages, 1, 1_000_000);
        Check(problems, $"{place}:PixelsPerMinute", limits.PixelsPerMinute, 65536, long.MaxValue / 2);
    }

    private static void CheckLinkKey(List<string> problems, string? key)
    {
        if (key is not null && (Decode(key) is not { } bytes || bytes.Length < LeastLinkKeyBytes))
        {
            Add(problems, "LinkKey", $"is too short or no base64, allowed is base64 of at least {LeastLinkKeyBytes} random bytes.");
        }
    }

    private static byte[]? Decode(string base64)
    {
        byte[] bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out int length) ? bytes[..length] : null;
    }

    private void CheckAddress(List<string> problems, HttpSecurityOptions options)
    {
        string url = http.Value.Url;
        if (options is { ApiKeys.Count: 0, AllowAnonymous: false, OnlyProbes: false } && !IsLoopback(url))
        {
            Add(problems, "Url", $"is {url}, which others can reach without a key; add a key (parti keys new), listen on 127.0.0.1, or set {PartiHttpOptions.Section}:AllowAnonymous=true.");
        }
    }

    private static void Check<T>(List<string> problems, string key, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            Add(problems, key, $"is {value}, allowed is {least} to {most}.");
        }
    }

    private static void Add(List<string> problems, string key, string message) => problems.Add($"{PartiHttpOptions.Section}:{key} {message}");
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Parti.Client;
using Parti.Silo.Http.Problems;

namespace Parti.Silo.Http.Jobs;

/// <summary>Reads the headers that steer a submit and a stream.</summary>
internal static class SubmitHeaders
{
    private const string IdempotencyKey = "Idempotency-Key";
    private const int MaxKeyLength = 255;

    /// <summary>
    /// The id of a submitted job. With an idempotency key it is a hash of the key, so that a repeat finds the same job without
    /// anyone keeping a list of keys; two tenants' equal keys are different jobs, as a job belongs to its tenant.
    /// </summary>
    /// <exception cref="InvalidRequestException">The key is empty, too long or not printable.</exception>
    /// <returns>Null without a key: any new id will do.</returns>
    internal static string? JobId(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(IdempotencyKey, out var values))
        {
            return null;
        }

        string key = values.ToString();
        if (key.Length is 0 or > MaxKeyLength || key.Any(char.IsControl))
        {
            throw ProblemAnswers.Parameter(IdempotencyKey, $"{IdempotencyKey} has {key.Length} characters, allowed are 1 to {MaxKeyLength} printable ones, such as a UUID.");
        }

        return $"key-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32]}";
    }

    /// <summary>How long a submit should wait for the end (RFC 7240, <c>Prefer: wait=N</c>, seconds); null where it should not.</summary>
    /// <param name="request">The request.</param>
    /// <param name="most">A longer wish is cut to this: a preference is no demand.</param>
    internal static TimeSpan? Wait(HttpRequest request, TimeSpan most)
    {
        foreach (string preference in request.Headers["Prefer"].SelectMany(value => (value ?? string.Empty).Split(',', ';')))
        {
            string[] parts = preference.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length == 2 && parts[0].Equals("wait", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(parts[1].Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
            {
                return TimeSpan.FromSeconds(Math.Min(seconds, most.TotalSeconds));
            }
        }

        return null;
    }

    /// <summary>What the answer says of the wait.</summary>
    internal static string Applied(TimeSpan wait) => string.Create(CultureInfo.InvariantCulture, $"wait={Math.Floor(wait.TotalSeconds)}");

    /// <summary>A number in a header; 0 where it is not given.</summary>
    /// <exception cref="InvalidRequestException">It is no number.</exception>
    internal static long Number(HttpRequest request, string name)
    {
        string text = request.Headers[name].ToString();
        if (text.Length == 0)
        {
            return 0;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw ProblemAnswers.Parameter(name, $"{name} is no event number; send the id of the last event seen, or leave the header out.");
    }
}

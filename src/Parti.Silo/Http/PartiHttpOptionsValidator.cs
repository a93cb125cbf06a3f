using Microsoft.Extensions.Options;

namespace Parti.Silo.Http;

/// <summary>Checks the settings at start; each message names the key, its value and what is allowed.</summary>
internal sealed class PartiHttpOptionsValidator : IValidateOptions<PartiHttpOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PartiHttpOptions options)
    {
        List<string> problems = [];
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.AbsolutePath != "/")
        {
            problems.Add($"{PartiHttpOptions.Section}:{nameof(options.Url)} is \"{options.Url}\", allowed is http://HOST:PORT or https://HOST:PORT.");
        }

        Check(nameof(options.MaxJobBodyBytes), options.MaxJobBodyBytes, 1024, 64 << 20);
        Check(nameof(options.MaxWait), options.MaxWait, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Check(nameof(options.KeepAliveInterval), options.KeepAliveInterval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check<T>(string key, T value, T least, T most)
            where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            {
                problems.Add($"{PartiHttpOptions.Section}:{key} is {value}, allowed is {least} to {most}.");
            }
        }
    }
}

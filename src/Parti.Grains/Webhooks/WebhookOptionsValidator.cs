using Microsoft.Extensions.Options;

namespace Parti.Grains.Webhooks;

/// <summary>Checks the settings at start; each message names the key and what is allowed. A secret is never repeated.</summary>
internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        List<string> problems = [];
        CheckSecret(nameof(options.Secret), options.Secret);
        foreach ((string tenant, string secret) in options.Tenants)
        {
            CheckSecret($"{nameof(options.Tenants)}:{tenant}", secret);
        }

        if (options.Timeout < TimeSpan.FromSeconds(1) || options.Timeout > TimeSpan.FromMinutes(2))
        {
            problems.Add($"{WebhookOptions.Section}:{nameof(options.Timeout)} is {options.Timeout}, allowed is 00:00:01 to 00:02:00.");
        }

        if (options.RetryDelays.Any(delay => delay < TimeSpan.Zero || delay > TimeSpan.FromDays(7)))
        {
            problems.Add($"{WebhookOptions.Section}:{nameof(options.RetryDelays)} has a pause out of range, allowed is 0 to 7 days.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void CheckSecret(string key, string? secret)
        {
            if (secret is not null && WebhookSignature.TryReadSecret(secret) is null)
            {
                problems.Add($"{WebhookOptions.Section}:{key} is no secret, allowed is whsec_ followed by base64 of {WebhookSignature.LeastSecretBytes} to {WebhookSignature.MostSecretBytes} bytes.");
            }
        }
    }
}

namespace Parti.Grains.Webhooks;

/// <summary>Settings of webhooks; configuration section <c>Parti:Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Parti:Webhooks";

    /// <summary>Secret that signs the messages: <c>whsec_</c> and base64 of 24 to 64 bytes. Default none: jobs cannot name a webhook.</summary>
    public string? Secret { get; set; }

    /// <summary>Secrets of single tenants, by tenant; they go before <see cref="Secret"/>.</summary>
    public IDictionary<string, string> Tenants { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether addresses of this machine and of private networks may be told. Default false: a caller could otherwise reach what only the server can.</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>How long one try may take, 1 s to 2 minutes. Default 15 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Pauses after failed tries, at most 7 days each; after the last one it is given up. Default 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h.</summary>
    public IList<TimeSpan> RetryDelays { get; } = [];

    /// <summary>The pauses that hold where none are set: those that the Standard Webhooks specification proposes.</summary>
    internal static IReadOnlyList<TimeSpan> DefaultRetryDelays { get; } =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(14),
    ];
}

using Parti.Abstractions;

namespace Parti.Silo.Http.Security;

/// <summary>Who may come in and how much they may ask for; configuration section <c>Parti:Http</c>.</summary>
public sealed class HttpSecurityOptions
{
    /// <summary>The keys, each by its hash; several may belong to one tenant. Without any, callers on this machine need none and are tenant <see cref="JobKey.DefaultTenant"/>.</summary>
    public IList<ApiKeyOptions> ApiKeys { get; } = [];

    /// <summary>Whether callers without a key may read and submit, as tenant <see cref="JobKey.DefaultTenant"/>. Default false. Without keys nothing but loopback is listened on unless this is true.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>Whether this server answers probes and nothing else; it may then listen to others without a key.</summary>
    internal bool OnlyProbes { get; set; }

    /// <summary>What a caller may ask for; a key may have its own.</summary>
    public CallerLimits Limits { get; } = new();

    /// <summary>What an upload may hold.</summary>
    public UploadLimits Uploads { get; } = new();

    /// <summary>Secret that signs links to pictures, base64 of at least 32 bytes; null draws one per process. Set it where several gateways serve one address.</summary>
    public string? LinkKey { get; set; }

    /// <summary>How long a link to a picture is good, 1 minute to 7 days. Default 1 h, as OpenAI's.</summary>
    public TimeSpan LinkLifetime { get; set; } = TimeSpan.FromHours(1);
}

/// <summary>One key.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>Name for logs and limits; null for the first digits of the hash.</summary>
    public string? Name { get; set; }

    /// <summary>Whose jobs it sees and makes; lower-case letters, digits and dashes, at most 64. Default <see cref="JobKey.DefaultTenant"/>.</summary>
    public string Tenant { get; set; } = JobKey.DefaultTenant;

    /// <summary>SHA-256 of the key, 64 hexadecimal digits; <c>parti keys new</c> prints it.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary>What it may do: any of <c>submit</c>, <c>read</c>, <c>admin</c>, separated by commas. Default <c>submit,read</c>.</summary>
    public string Scopes { get; set; } = "submit,read";

    /// <summary>Its own limits; null for the common ones.</summary>
    public CallerLimits? Limits { get; set; }
}

/// <summary>What one caller may ask for: one key, or one address without a key.</summary>
public sealed class CallerLimits
{
    /// <summary>Requests a minute, 1 to 1000000; as many may come at once. Default 6000.</summary>
    public int RequestsPerMinute { get; set; } = 6000;

    /// <summary>Requests at the same time, streams included, 1 to 100000. Default 128.</summary>
    public int ConcurrentRequests { get; set; } = 128;

    /// <summary>Images of its jobs that wait or are made at the same time, candidates of <c>best_of</c> included, 1 to 1000000. Default 4096, a queue's usual capacity.</summary>
    public int ConcurrentImages { get; set; } = 4096;

    /// <summary>Pixels of pictures ordered a minute, those of candidates included, 65536 or more; as many may be ordered at once. Default 2^30, which is 16384 pictures of 256x256.</summary>
    public long PixelsPerMinute { get; set; } = 1L << 30;
}

/// <summary>What an upload may hold. Checked in the file's header, before a decoder sees the file.</summary>
public sealed class UploadLimits
{
    /// <summary>Longest file in bytes, 1024 to 67108864. Default 20 MiB.</summary>
    public int MaxBytes { get; set; } = 20 << 20;

    /// <summary>Longest edge in pixels, 16 to 16384. Default 8192.</summary>
    public int MaxEdge { get; set; } = 8192;

    /// <summary>Most pixels, 256 to 67108864. Default 16777216, 4096x4096.</summary>
    public int MaxPixels { get; set; } = 1 << 24;
}

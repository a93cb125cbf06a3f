namespace Parti.Client;

/// <summary>How a client reaches a server.</summary>
public sealed class PartiClientOptions
{
    /// <summary>Address of the server, <c>http://</c> or <c>https://</c>; a path in front of the routes is kept. Default <c>http://127.0.0.1:8080</c>.</summary>
    public Uri Server { get; set; } = new("http://127.0.0.1:8080");

    /// <summary>Key that the server knows this program by; null for a server without keys.</summary>
    public string? ApiKey { get; set; }

    /// <summary>How long one try of a call may take, 1 s to 10 minutes. Default 30 s.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Tries of a call whose fate is unknown, 1 to 20. Default 6: about three seconds of trying.</summary>
    public int MaxTries { get; set; } = 6;

    /// <summary>Silence after which a stream of events counts as cut and is taken up again, 1 s to 10 minutes. Default 60 s; the server sends something every 15 s.</summary>
    public TimeSpan StreamTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Refuses what cannot be used.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    internal void Validate()
    {
        if (Server is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
        {
            throw new ArgumentException($"{nameof(Server)} is \"{Server}\", allowed is http://HOST:PORT or https://HOST:PORT.");
        }

        if (ApiKey is { } key && (key.Length == 0 || key.Any(c => c is <= ' ' or > '~')))
        {
            throw new ArgumentException($"{nameof(ApiKey)} has characters that a header cannot carry; copy it once more.");
        }

        Check(nameof(CallTimeout), CallTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Check(nameof(MaxTries), MaxTries, 1, 20);
        Check(nameof(StreamTimeout), StreamTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
    }

    private static void Check<T>(string name, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            throw new ArgumentException($"{name} is {value}, allowed is {least} to {most}.");
        }
    }
}

using Parti.Abstractions;

namespace Parti.Client;

/// <summary>Settings of the Orleans client.</summary>
public sealed class OrleansPartiClientOptions
{
    private static readonly (TimeSpan Least, TimeSpan Most) Responses = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    private static readonly (TimeSpan Least, TimeSpan Most) Patiences = (TimeSpan.Zero, TimeSpan.FromMinutes(10));

    /// <summary>Whose jobs this client sees and makes. Default <see cref="JobKey.DefaultTenant"/>.</summary>
    public string Tenant { get; set; } = JobKey.DefaultTenant;

    /// <summary>
    /// How long one call may stay without an answer before it is made again, 1 s to 1 min; used by
    /// <see cref="OrleansPartiClientExtensions.UsePartiClient"/>. Default 4 s: nobody tells a client that the silo it called has died. More than
    /// half of the silos' own, after which a stream of events answers that there is nothing new.
    /// </summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long calls may fail in a row before <see cref="PartiUnavailableException"/> says so, 0 to 10 min. Default 20 s: the cluster needs some seconds to see that a silo is gone.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">One is not allowed; the message names it and its range.</exception>
    internal void Validate(string parameter)
    {
        if (!JobKey.IsValidPart(Tenant))
        {
            throw new ArgumentException($"{nameof(OrleansPartiClientOptions)}.{nameof(Tenant)} is \"{Tenant}\", allowed are 1 to 64 lower-case letters, digits and dashes.", parameter);
        }

        Check(nameof(ResponseTimeout), ResponseTimeout, Responses);
        Check(nameof(Patience), Patience, Patiences);

        void Check(string key, TimeSpan value, (TimeSpan Least, TimeSpan Most) allowed)
        {
            if (value < allowed.Least || value > allowed.Most)
            {
                throw new ArgumentException($"{nameof(OrleansPartiClientOptions)}.{key} is {value}, allowed is {allowed.Least} to {allowed.Most}.", parameter);
            }
        }
    }
}

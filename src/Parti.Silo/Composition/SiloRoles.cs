namespace Parti.Silo.Composition;

/// <summary>What a silo does in the cluster.</summary>
[Flags]
public enum SiloRoles
{
    /// <summary>Nothing; no silo has this.</summary>
    None = 0,

    /// <summary>Answers HTTP. Hosts no grains by that.</summary>
    Gateway = 1,

    /// <summary>Hosts jobs, queues and the catalog.</summary>
    Control = 2,

    /// <summary>Has devices and works on jobs.</summary>
    Worker = 4,

    /// <summary>All of them.</summary>
    All = Gateway | Control | Worker,
}

namespace Parti.Native;

/// <summary>How libtorch is found and how many threads it may use.</summary>
public sealed record TorchOptions
{
    /// <summary>The environment variable that gives <see cref="Threads"/> where no option does.</summary>
    public const string ThreadsVariable = "PARTI_THREADS";

    /// <summary>The environment variable that gives <see cref="LibTorchFolder"/> where no option does.</summary>
    public const string LibTorchVariable = "PARTI_LIBTORCH";

    /// <summary>
    /// Threads of one tensor operation, at least 1; null means <c>PARTI_THREADS</c>, and without it one thread a core
    /// that this process owns (<see cref="ProcessorBudget"/>).
    /// </summary>
    /// <remarks>libtorch's threads spin while they wait: one more than the cores owned costs most of the speed.</remarks>
    public int? Threads { get; init; }

    /// <summary>
    /// A folder with libtorch, for instance the <c>lib</c> of an unpacked libtorch or of a Python torch; null means
    /// <c>PARTI_LIBTORCH</c>. Only for builds of <see cref="TorchFlavor.External"/>, which need it.
    /// </summary>
    public string? LibTorchFolder { get; init; }

    /// <summary>Whether a few small operations are compared with known results at start. Default true; takes milliseconds.</summary>
    public bool SelfTest { get; init; } = true;
}

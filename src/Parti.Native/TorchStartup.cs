namespace Parti.Native;

/// <summary>What <see cref="TorchRuntime.Start(TorchOptions?)"/> found and did.</summary>
/// <param name="Flavor">The flavour this build was made for.</param>
/// <param name="Version">Version of the libtorch in use.</param>
/// <param name="Folder">The folder libtorch was loaded from.</param>
/// <param name="Threads">Threads of one tensor operation.</param>
/// <param name="LoadTime">Time to find, load and initialise the native libraries.</param>
/// <param name="SelfTestTime">Time of the numeric self-test; zero where it was switched off.</param>
public sealed record TorchStartup(
    TorchFlavor Flavor, Version Version, string Folder, int Threads, TimeSpan LoadTime, TimeSpan SelfTestTime);

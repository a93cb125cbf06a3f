using System.Runtime.InteropServices;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>
/// Numbers that every step sends to the device, in memory that is allocated once: pinned where the device is an accelerator, so that the copy
/// runs beside the host. The step's logits are awaited before the numbers change again.
/// </summary>
sealed class StepInput : IDisposable
{
    readonly torch.Tensor _host, _device;

    /// <summary>Allocates.</summary>
    /// <param name="count">Numbers.</param>
    /// <param name="device">Where they are needed.</param>
    public StepInput(int count, torch.Device device)
    {
        using torch.Tensor plain = torch.zeros(count, torch.ScalarType.Int64);
        bool isHost = device.type == DeviceType.CPU;
        _host = (isHost ? plain.alias() : plain.pin_memory()).DetachFromDisposeScope();
        _device = (isHost ? _host.alias() : torch.zeros(count, torch.ScalarType.Int64, device)).DetachFromDisposeScope();
    }

    /// <summary>The numbers on the host.</summary>
    public Span<long> Values => MemoryMarshal.Cast<byte, long>(_host.bytes);

    /// <summary>The first numbers as the device sees them.</summary>
    /// <param name="count">How many.</param>
    /// <returns><c>[count]</c>, int64; valid until the next step.</returns>
    public torch.Tensor Send(int count)
    {
        torch.Tensor target = _device.narrow(0, 0, count);
        if (target.device_type != DeviceType.CPU)
        {
            using torch.Tensor source = _host.narrow(0, 0, count);
            target.copy_(source, nonBlocking: true);
        }
        return target;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _host.Dispose();
        _device.Dispose();
    }
}

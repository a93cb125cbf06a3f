using System.Net;
using System.Reflection;
using Orleans.Runtime.Placement;
using Parti.Grains.Placement;

namespace Parti.Grains.Tests.Placement;

public sealed class DevicePlacementTests
{
    private static readonly SiloAddress Address = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);
    private static readonly PlacementTarget Target = new(GrainId.Create("worker", "worker-1|cpu"), [], default, 0);

    [Theory]
    [InlineData(SiloStatus.ShuttingDown)]
    [InlineData(SiloStatus.Stopping)]
    public async Task OnAddActivation_ItsOwnSiloStops_StaysThere(SiloStatus status) => Assert.Equal(Address, await PlaceAsync("worker-1", status));

    [Theory]
    [InlineData("worker-1", SiloStatus.Active)]
    [InlineData("worker-2", SiloStatus.ShuttingDown)]
    public async Task OnAddActivation_NoSiloOfThatName_SaysSo(string local, SiloStatus status)
    {
        OrleansException error = await Assert.ThrowsAsync<OrleansException>(() => PlaceAsync(local, status));

        Assert.Contains("no silo named worker-1", error.Message, StringComparison.Ordinal);
    }

    // No silo may take grains any more.
    private static Task<SiloAddress> PlaceAsync(string local, SiloStatus status)
    {
        ISiloStatusOracle silos = Answers.Of<ISiloStatusOracle>(new() { ["get_SiloName"] = local, ["get_CurrentStatus"] = status, ["get_SiloAddress"] = Address });
        IPlacementContext context = Answers.Of<IPlacementContext>(new() { ["GetCompatibleSilos"] = Array.Empty<SiloAddress>() });
        return new DevicePlacementDirector(silos).OnAddActivation(DevicePlacement.Instance, Target, context);
    }

    /// <summary>Gives a fixed answer to each method by its name.</summary>
    public class Answers : DispatchProxy
    {
        private Dictionary<string, object> _answers = [];

        public static T Of<T>(Dictionary<string, object> answers)
            where T : class
        {
            T made = Create<T, Answers>();
            ((Answers)(object)made)._answers = answers;
            return made;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answers[targetMethod!.Name];
    }
}

using Parti.EndToEnd.Tests;
using Parti.Silo;
using Parti.Silo.Http.Security;

namespace Parti.Http.Tests.Security;

public sealed class StartTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Parti:Http:Url", "--Parti:Http:Url=http://0.0.0.0:0")]
    [InlineData("Parti:Http:Url", "--Parti:Http:Url=http://[::]:0")]
    [InlineData("Parti:Http:ApiKeys:0:Sha256", "--Parti:Http:ApiKeys:0:Tenant=acme")]
    [InlineData("Parti:Http:ApiKeys:0:Tenant", "--Parti:Http:ApiKeys:0:Tenant=Acme Inc")]
    [InlineData("Parti:Http:ApiKeys:0:Scopes", "--Parti:Http:ApiKeys:0:Scopes=everything")]
    [InlineData("Parti:Http:Limits:RequestsPerMinute", "--Parti:Http:Limits:RequestsPerMinute=0")]
    [InlineData("Parti:Http:Uploads:MaxBytes", "--Parti:Http:Uploads:MaxBytes=1")]
    [InlineData("Parti:Http:LinkKey", "--Parti:Http:LinkKey=c2hvcnQ=")]
    public async Task Start_SettingThatLetsAnyoneIn_IsRefusedInOneLine(string key, string setting)
    {
        string folder = Directory.CreateTempSubdirectory("parti-http-").FullName;
        try
        {
            SiloStartException error = await Assert.ThrowsAsync<SiloStartException>(() => StartAsync(folder, setting));

            Assert.Contains($"{key} is ", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Start_KeyOrAllowAnonymous_MayListenToOthers()
    {
        string folder = Directory.CreateTempSubdirectory("parti-http-").FullName;
        try
        {
            await using (await StartAsync(folder, "--Parti:Http:Url=http://0.0.0.0:0", "--Parti:Http:AllowAnonymous=true"))
            {
            }

            await using (await StartAsync(folder, "--Parti:Http:Url=http://0.0.0.0:0", "--Parti:Roles=control"))
            {
            }

            await using PartiServer server = await StartAsync(folder, "--Parti:Http:Url=http://0.0.0.0:0", $"--Parti:Http:ApiKeys:0:Sha256={ApiKey.Hash(ApiKey.New())}");
            Assert.NotEqual(0, server.Url.Port);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<PartiServer> StartAsync(string folder, params string[] settings) => PartiServer.StartAsync(
        new() { StateFolder = folder, HasDevice = false, OpenEngine = (_, _) => new ScriptedEngine() }, ["--Parti:Http:Url=http://127.0.0.1:0", .. settings], cancellationToken: Token);
}
